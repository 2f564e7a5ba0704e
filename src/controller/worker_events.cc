// What the controller does when something has happened to a worker.
#include <utility>

#include "absl/strings/str_cat.h"
#include "controller/controller.h"

namespace rollport::controller {

void Controller::OnReady(WorkerId id) {
  FollowGroups();
  runner_.Post(rollout::WorkerBecameReady{id});
}

void Controller::OnAskedForTime(WorkerId id, absl::Duration time) {
  runner_.Post(rollout::WorkerAskedForTime{id, time});
}

void Controller::OnMainProcess(WorkerId id, const absl::Status& followed) {
  if (followed.ok()) {
    recorder_.WriteSoon();
    return accounts_.chronicle().TellOf(id, api::event_kind::kMainProcessChanged, "", "");
  }
  // A worker may name thousands of processes in a second.
  if (!refusals_.IsNews(loop_.Now(), absl::StrCat(id.value()))) return;
  accounts_.chronicle().TellOf(id, api::event_kind::kMainProcessRefused, "",
                               std::string(followed.message()));
}

void Controller::OnWatchdogFailed(WorkerId id, const std::string& reason) {
  // It is killed next.
  if (const WorkerProcess* worker = workers_.Find(id)) accounts_.NoteKilling(*worker);
  accounts_.chronicle().TellOf(id, api::event_kind::kWatchdogFailed, "", reason);
}

void Controller::StartWatchdog(WorkerId id) {
  const WorkerProcess* worker = workers_.Find(id);
  if (worker == nullptr) return;
  messages_.StartWatchdog(id, releases_.at(worker->generation()).settings.watchdog);
}

void Controller::OnProbe(rollout::WorkerProbed probed) {
  const auto worker = runner_.fleet().workers.find(probed.worker);
  if (worker != runner_.fleet().workers.end() && probed.result == rollout::ProbeResult::kGood) {
    FollowAnswer(worker->second, probed);
  }
  runner_.Post(std::move(probed));
}

// While a roll is under way, what it has just admitted is watched closely: the newest workers, so
// that a large fleet costs no more than a small one.
bool Controller::IsWatchedClosely(WorkerId id) const {
  constexpr int64_t kNewest = 16;
  const rollout::Fleet& fleet = runner_.fleet();
  return fleet.roll.has_value() && id.value() > fleet.last_worker - kNewest;
}

void Controller::FollowAnswer(const rollout::Worker& worker, const rollout::WorkerProbed& probed) {
  // A worker that was found serving is looked up in /proc until it has proven the group's order.
  if (worker.state == rollout::WorkerState::kServing && traffic_.steerer().steered()) {
    traffic_.TrustOrder(probed.worker);
    if (!IsWatchedClosely(probed.worker)) traffic_.ProbeRarely(probed.worker);
  }
  // A worker that has answered while it leaves does not hang. More probes would only wait in its
  // accept queue, which is to become empty.
  if (rollout::IsLeaving(worker) && loop_.Now() + -probed.age >= worker.since) {
    traffic_.StopProbing(probed.worker);
  }
}

// The order matters. The worker's last lines and its exit are reported while the table of workers
// still has it. Then every part forgets the worker, and the groups are read, because its listeners
// are gone. The plan decides at the end of this turn. Only after that the worker's counts are
// settled: see Chronicle::NoteGone.
void Controller::OnExit(WorkerId id, const os::ExitStatus& how) {
  if (const auto stuck = workers_.stuck().find(id); stuck != workers_.stuck().end()) {
    accounts_.chronicle().Tell(api::event_kind::kWorkerExited,
                               absl::StrCat("process ", stuck->second->pid(),
                                            ", which was given up, has ended: ", how.ToString()));
    return workers_.Remove(id);
  }
  outputs_.EndReading(id);
  const Accounts::Exit exit = accounts_.NoteExit(*workers_.Find(id), how, outputs_.LastLines(id));
  workers_.Remove(id);
  Bury(exit);
}

void Controller::Bury(const Accounts::Exit& exit) {
  const WorkerId id = exit.worker;
  outputs_.Forget(id);
  messages_.StopWatchdog(id);
  traffic_.Forget(id, runner_.fleet());
  FollowGroups();
  runner_.Post(rollout::WorkerExited{id, exit.how});
  loop_.Defer([this, exit] {
    accounts_.Settle(exit);
    // It may have been the last worker on the new addresses of a roll that ended with the
    // controller that died.
    traffic_.LetGo(runner_.fleet());
  });
}

}  // namespace rollport::controller
