// What the system tells a controller: who has ended, who has come into the groups and who has gone.
#include <functional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "controller/controller.h"

namespace rollport::controller {
namespace {

// How often the groups are looked at: while a listener is expected to come or to go, and otherwise
// (to see foreign listeners, and workers that leave by themselves).
constexpr absl::Duration kFastPace = absl::Milliseconds(1);
constexpr absl::Duration kSlowPace = absl::Milliseconds(250);

}  // namespace

void Controller::ReadOutput(const WorkerProcess& worker, const char* stream, os::UniqueFd pipe) {
  if (!pipe.valid()) return;
  keeper_->Keep(pipe.get());
  api::FleetEvent event{.at = absl::Now(), .kind = api::event_kind::kWorkerWrote};
  event.phase = stream;
  event.slot = static_cast<int>(worker.slot().value());
  event.generation = worker.generation().value();
  event.pid = worker.pid();
  logs_.emplace(std::piecewise_construct, std::forward_as_tuple(worker.id()),
                std::forward_as_tuple(std::ref(loop_), std::move(pipe),
                                      [this, event](const std::string& line) mutable {
                                        event.at = absl::Now();
                                        event.message = line;
                                        if (on_output_) on_output_(event);
                                      }));
}

void Controller::OnExit(WorkerId id, os::ExitStatus how) {
  const WorkerProcess& worker = *workers_.Find(id);
  // What it wrote last comes before the news of its end.
  logs_.erase(id);
  LastCounts counts;
  if (worker.page().InUse()) {
    counts.cut = static_cast<int64_t>(worker.page()->connections_cut.Get());
    if (worker.killed()) counts.cut += static_cast<int64_t>(worker.page()->requests_open.Get());
    counts.handed_over = static_cast<int64_t>(worker.page()->connections_handed_over.Get());
  }
  const std::string told =
      worker.doom.empty() ? how.ToString() : absl::StrCat(worker.doom, ", ", how.ToString());
  TellOf(id, api::event_kind::kWorkerExited, "",
         counts.cut == 0 ? told : absl::StrCat(told, ", ", counts.cut, " connections cut"),
         loop_.Now() - worker.launched());
  meters_.Bury(worker, how);
  probers_.erase(id);
  quiescers_.erase(id);
  watchdogs_.erase(id);
  workers_.Remove(id);
  successors_.Gone(id, plan_.view());
  joined_.erase(id);
  FollowGroups();
  Post(rollout::WorkerExited{id, told});
  // After the plan knows: a roll that this very exit ends must still count the worker among its
  // own.
  loop_.Defer([this, id, counts]() mutable {
    for (RollLedger& ledger : ledgers_) {
      // Oldest first: what it counted belongs to the roll that retired it, once.
      if (ledger.WorkerGone(id, counts, loop_.Now())) counts = {};
    }
    entered_.erase(id);
    GiveVerdicts();
    // What a roll that an earlier controller has left unfinished listened on.
    LetAddressesGo();
  });
}

void Controller::Watch() {
  FollowGroups();
  watch_.After(Pace());
}

// Tells the plan who has come and who has gone since the last look.
void Controller::FollowGroups() {
  (void)steerer_.Refresh();
  NoteSteering();
  for (const auto& [id, worker] : plan_.view().workers) {
    using rollout::WorkerState;
    const bool in_a_group = steerer_.InAnyGroup(id);
    if (in_a_group) joined_.insert(id);
    if (worker.state == WorkerState::kStarting) {
      const Release& release = releases_.at(worker.generation);
      const bool by_listening = release.settings.ready == fleet_file::Ready::kListening;
      if (by_listening && steerer_.InEveryGroup(id, release.listen))
        Post(rollout::WorkerBecameReady{id});
      continue;
    }
    const bool leaving =
        worker.state == WorkerState::kDismissed || worker.state == WorkerState::kQuiescing ||
        worker.state == WorkerState::kDraining || worker.state == WorkerState::kKilled;
    if (in_a_group || !worker.listening) continue;
    if (leaving || joined_.contains(id)) Post(rollout::ListenersLeft{id});
  }
}

absl::Duration Controller::Pace() const {
  for (const auto& [id, worker] : plan_.view().workers) {
    const bool coming =
        worker.state == rollout::WorkerState::kStarting &&
        releases_.at(worker.generation).settings.ready == fleet_file::Ready::kListening;
    const bool going = worker.listening && (worker.state == rollout::WorkerState::kDraining ||
                                            worker.state == rollout::WorkerState::kKilled);
    if (coming || going) return kFastPace;
  }
  return kSlowPace;
}

// Says once that the fleet is steered by the kernel's hash, and once that it is not any more.
void Controller::NoteSteering() {
  const rollout::Fleet& fleet = plan_.view();
  // When all are leaving it does not matter any more.
  if (fleet.stopping) return;
  const std::string trouble = fleet.weights.empty() ? "" : steerer_.trouble();
  if (trouble.empty() == told_trouble_.empty()) return;
  told_trouble_ = trouble;
  if (trouble.empty())
    return Tell(api::event_kind::kSteeringRestored, "connections are steered by program again");
  Tell(api::event_kind::kSteeringLost,
       absl::StrCat("connections are spread by the kernel's hash, and a retirement "
                    "may lose some: ",
                    trouble));
}

}  // namespace rollport::controller
