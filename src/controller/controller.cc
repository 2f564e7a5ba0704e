#include "controller/controller.h"

#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "controller/process/launcher.h"
#include "controller/process/notify_place.h"
#include "rollout/invariants.h"
#include "rollout/retirement.h"
#include "rollout/trace.h"

namespace rollport::controller {
namespace {

rollout::Policy SeededPolicyOf(const fleet_file::FleetSettings& settings) {
  rollout::Policy policy = PolicyOf(settings);
  policy.seed = static_cast<uint64_t>(absl::ToUnixNanos(absl::Now()));
  return policy;
}

std::vector<RecordedProgram> RecordedPrograms(const Steerer& steerer) {
  std::vector<RecordedProgram> programs;
  for (const auto& [address, members] : steerer.ProgramMembers()) {
    programs.push_back({address.ToString(), static_cast<int>(members)});
  }
  return programs;
}

// The generations that a fleet runs, or may go back to by itself.
std::set<GenerationId> GenerationsInUse(const rollout::Fleet& fleet) {
  std::set<GenerationId> used = {fleet.generation};
  for (const auto& [id, worker] : fleet.workers) used.insert(worker.generation);
  for (const rollout::Slot& slot : fleet.slots) used.insert(slot.wanted);
  return used;
}

}  // namespace

// --- From the start to the end -----------------------------------------------------------------

absl::StatusOr<std::unique_ptr<Controller>> Controller::CreateFresh(
    os::EventLoop& loop, fleet_file::FleetSettings settings, const std::string& state_dir) {
  ASSIGN_OR_RETURN(os::SockDiag diag, os::SockDiag::Create());
  const std::string notify_socket =
      NotifyPath(state_dir, settings.name, settings.worker.process.credentials);
  const rollout::Plan plan(SeededPolicyOf(settings), GenerationId(1));
  ASSIGN_OR_RETURN(Releases releases, Releases::TakeFirst(std::move(settings)));
  std::unique_ptr<Controller> controller(
      new Controller(loop, std::move(releases), std::move(diag), state_dir, notify_socket, plan));
  RETURN_IF_ERROR(controller->traffic_.Hold(controller->releases_.at(plan.view().generation)));
  RETURN_IF_ERROR(controller->messages_.Open());
  RETURN_IF_ERROR(controller->StartOutputs());
  return controller;
}

absl::StatusOr<std::unique_ptr<Controller>> Controller::CreateFor(
    const FoundFleet& found, os::EventLoop& loop, const fleet_file::FleetSettings& settings,
    const std::string& state_dir) {
  ASSIGN_OR_RETURN(os::SockDiag diag, os::SockDiag::Create());
  ASSIGN_OR_RETURN(Releases releases, RestoreReleases(found, settings));
  rollout::Policy policy = SeededPolicyOf(releases.settings());
  policy.workers = found.record.slots;
  const rollout::Plan plan(policy, GenerationId(found.record.generation));
  std::unique_ptr<Controller> controller(new Controller(
      loop, std::move(releases), std::move(diag), state_dir, found.record.notify_socket, plan));
  RETURN_IF_ERROR(controller->HoldAddressesOf(found));
  RETURN_IF_ERROR(controller->messages_.Open());
  RETURN_IF_ERROR(controller->StartOutputs());
  return controller;
}

Controller::Controller(os::EventLoop& loop, Releases releases, os::SockDiag diag,
                       const std::string& state_dir, std::string notify_socket, rollout::Plan plan)
    : loop_(loop),
      releases_(std::move(releases)),
      messages_(loop, workers_, std::move(notify_socket), *this,
                releases_.settings().worker.process.credentials),
      outputs_(loop),
      traffic_(loop, std::move(diag), workers_, releases_,
               [this] {
                 FollowGroups();
                 traffic_.membership().Watch(runner_.fleet());
               }),
      runner_(loop, std::move(plan),
              [this](const rollout::Fleet* before, const rollout::Event& event,
                     const rollout::Actions& actions) { CarryOut(before, event, actions); }),
      accounts_(loop, workers_, releases_, runner_.plan(), traffic_,
                [this](WorkerId canary, const std::string& figures) {
                  runner_.Post(rollout::CanaryFoundWorse{canary, figures});
                }),
      recorder_(loop, state_dir,
                {.releases = releases_,
                 .workers = workers_,
                 .plan = runner_.plan(),
                 .notify_socket = messages_.path(),
                 .last_roll = [this] { return accounts_.chronicle().last_roll(); },
                 .roll_kind =
                     [this] {
                       const RollVerdict* const roll = accounts_.chronicle().current();
                       return roll == nullptr ? std::string("roll") : roll->kind();
                     },
                 .programs = [this] { return RecordedPrograms(traffic_.steerer()); }},
                [this](const std::string& why) { TellOfRecord(why); }),
      changes_(releases_, traffic_, runner_, accounts_),
      look_(loop) {
  runner_.set_evidence(
      [this](WorkerId id) { return accounts_.EvidenceOf(id, outputs_.LastLines(id)); });
  runner_.set_before_steps([this] {
    if (look_.pending()) LookAtGroups();
  });
  // The next controller proves the order by probes that this program directs.
  traffic_.steerer().set_on_program([this] { recorder_.WriteSoon(); });
}

void Controller::Start(std::function<void()> on_stopped) {
  on_stopped_ = std::move(on_stopped);
  runner_.Post(rollout::TimePassed{});
  traffic_.membership().Watch(runner_.fleet());
  accounts_.collector().Start();
}

void Controller::set_on_output(std::function<void(const api::FleetEvent&)> on_output) {
  outputs_.set_on_line([tell = std::move(on_output)](const OutputLine& line) {
    api::FleetEvent event{.at = absl::Now(), .kind = api::event_kind::kWorkerWrote};
    event.phase = line.stream;
    event.slot = static_cast<int>(line.slot.value());
    event.generation = line.generation.value();
    event.pid = line.pid;
    event.message = line.text;
    tell(event);
  });
}

absl::Status Controller::RestoreNotify() {
  recorder_.WriteSoon();  // the record's file was in the same folder
  return messages_.intact() ? absl::OkStatus() : messages_.Open();
}

absl::Status Controller::StartOutputs() {
  return outputs_.Start([this] {
    accounts_.chronicle().Tell(
        api::event_kind::kPipeKeeperLost,
        "the process that keeps the workers' output pipes has ended, and is started again");
  });
}

void Controller::TellOfRecord(const std::string& trouble) {
  if (trouble.empty()) {
    return accounts_.chronicle().Tell(api::event_kind::kFleetRecordRestored,
                                      "fleet.state is written again");
  }
  accounts_.chronicle().Tell(
      api::event_kind::kFleetRecordFailed,
      absl::StrCat(trouble,
                   ". Until fleet.state can be written, a controller that follows this one would "
                   "not take over the workers that are launched from now on"));
}

api::FleetStatus Controller::Status() {
  api::FleetStatus status = accounts_.view().Status();
  status.record_trouble = recorder_.trouble();
  return status;
}

// --- The actions of one step -------------------------------------------------------------------

void Controller::CarryOut(const rollout::Fleet* before, const rollout::Event& event,
                          const rollout::Actions& actions) {
  if (before == nullptr) return accounts_.NoteStep(event, actions);
  for (const std::string& broken : rollout::BrokenPromises(*before, actions, runner_.fleet())) {
    accounts_.chronicle().Tell(api::event_kind::kPromiseBroken,
                               absl::StrCat(broken, " after ", rollout::ToString(event)));
  }
  // Before the stop signals: a controller that takes over must not send them a second time. Once
  // for all, because a fleet that stops sends a thousand.
  const bool any_drains = std::ranges::any_of(actions, [](const rollout::Action& action) {
    return std::holds_alternative<rollout::DrainWorker>(action);
  });
  if (any_drains) recorder_.Write();
  for (const rollout::Action& action : actions) {
    std::visit([this](const auto& a) { Do(a); }, action);
  }
  if (!actions.empty()) recorder_.WriteSoon();
  accounts_.NoteStep(event, actions);
  // A worker that joins or leaves the groups is to be seen soon.
  if (!actions.empty()) traffic_.membership().Watch(runner_.fleet());
}

void Controller::Do(const rollout::LaunchWorker& action) {
  const Release& release = releases_.at(action.generation);
  const LaunchPlace place{.addresses = release.listen,
                          .notify_socket = messages_.path(),
                          .drain_timeout = releases_.settings().roll.drain_timeout};
  absl::StatusOr<Launched> launched =
      Launch(loop_, place, release.generation, release.settings, action.worker, action.slot,
             [this, id = action.worker](os::ExitStatus how) { OnExit(id, how); });
  if (!launched.ok()) {
    return runner_.Post(
        rollout::WorkerExited{action.worker, std::string(launched.status().message())});
  }
  launched->worker->set_before_end([this] { messages_.Read(); });
  outputs_.Follow(*launched->worker, "stdout", std::move(launched->out));
  outputs_.Follow(*launched->worker, "stderr", std::move(launched->err));
  workers_.Add(std::move(launched->worker));
  recorder_.Write();  // at once: a process that is not recorded may not be found again
  accounts_.chronicle().TellOf(action.worker, api::event_kind::kWorkerStateChanged,
                               rollout::Name(rollout::WorkerState::kStarting), "");
}

void Controller::Do(const rollout::ProbeWorker& action) {
  const WorkerId id = action.worker;
  traffic_.Probe(
      id, releases_.at(runner_.fleet().workers.at(id).generation),
      [this, id](rollout::ProbeResult result, const std::string& detail, absl::Duration age) {
        OnProbe({id, result, detail, age});
      });
}

void Controller::Do(const rollout::ApplyShares& action) {
  traffic_.ApplyShares(action.weights);
  NoteSteering();
}

void Controller::Do(const rollout::QuiesceWorker& action) {
  const WorkerId id = action.worker;
  const auto on_queue = [this, id](uint32_t waiting) {
    const WorkerProcess* worker = workers_.Find(id);
    // A worker that is written with the library accepts what waits before it closes its listeners.
    if (worker == nullptr || worker->page().InUse()) return;
    runner_.Post(rollout::AcceptQueueChanged{id, static_cast<int>(waiting)});
  };
  traffic_.Quiesce(id, on_queue, [this, id] { runner_.Post(rollout::WorkerQuiesced{id}); });
}

void Controller::Do(const rollout::DrainWorker& action) {
  WorkerProcess* worker = workers_.Find(action.worker);
  if (worker == nullptr) return;
  traffic_.NameSuccessor(action.worker, runner_.fleet());
  accounts_.NoteStopping(*worker);
  ExpectToLeave(action.worker);
  const int stop_signal = releases_.at(worker->generation()).settings.stop_signal;
  if (absl::Status status = worker->Signal(stop_signal); !status.ok()) {
    accounts_.chronicle().TellOf(action.worker, api::event_kind::kSignalFailed, "",
                                 std::string(status.message()));
  }
}

void Controller::Do(const rollout::KillWorker& action) {
  WorkerProcess* worker = workers_.Find(action.worker);
  if (worker == nullptr) return;
  accounts_.NoteKilling(*worker);
  CloseListeners(action.worker);
  worker->Kill();
}

// A worker that sleeps uninterruptibly would keep them. Before a kill, because a process that has
// ended has no duplicates to give.
void Controller::CloseListeners(WorkerId id) {
  ExpectToLeave(id);
  traffic_.CloseListeners(id);
}

// While the whole fleet stops there are no shares to keep.
void Controller::ExpectToLeave(WorkerId id) {
  const rollout::Fleet& fleet = runner_.fleet();
  const auto worker = fleet.workers.find(id);
  if (fleet.stopping || worker == fleet.workers.end()) return;
  traffic_.ExpectToLeave(id, rollout::LeavesWithin(worker->second));
}

void Controller::Do(const rollout::CloseListeners& action) { CloseListeners(action.worker); }

void Controller::Do(const rollout::GiveUpWorker& action) {
  const WorkerProcess* worker = workers_.Find(action.worker);
  if (worker == nullptr || !worker->IsStuck()) return;  // its end is on its way to the plan
  outputs_.EndReading(action.worker);
  const Accounts::Exit exit = accounts_.NoteStuck(*worker);
  workers_.GiveUp(action.worker);
  Bury(exit);
}

void Controller::Do(const rollout::NoteWorker& action) {
  using rollout::WorkerState;
  const WorkerId id = action.worker;
  const std::optional<absl::Duration> former =
      accounts_.chronicle().NoteState(id, runner_.fleet().workers.at(id), action.state);
  switch (action.state) {
    case WorkerState::kStarting:
      return;  // the event is appended when there is a process
    case WorkerState::kCanary:
    case WorkerState::kServing:
      // A busy worker's descriptors are not looked up in /proc for every probe.
      traffic_.TrustOrder(id);
      break;
    case WorkerState::kDismissed:
    case WorkerState::kQuiescing:
    case WorkerState::kDraining:
    case WorkerState::kKilled:
      if (!rollout::IsProbedWhileLeaving(runner_.fleet(), runner_.fleet().workers.at(id))) {
        traffic_.StopProbing(id);
      }
      if (action.state != WorkerState::kDismissed) messages_.StopWatchdog(id);
      if (action.state != WorkerState::kQuiescing) traffic_.StopQuiescing(id);
      break;
    case WorkerState::kReady:
      StartWatchdog(id);
      break;
    case WorkerState::kHealthy:
      break;
  }
  accounts_.chronicle().TellOf(id, api::event_kind::kWorkerStateChanged,
                               rollout::Name(action.state), action.reason, former, action.failed);
}

void Controller::Do(const rollout::FleetStarted&) {
  const rollout::Fleet& fleet = runner_.fleet();
  releases_.NoteServed(fleet.generation);
  accounts_.chronicle().Tell(api::event_kind::kFleetStarted,
                             absl::StrCat("every slot of ", fleet.open_slots(), " is served"));
}

void Controller::Do(const rollout::StartFailed& action) {
  accounts_.chronicle().TellStartFailed(action.reason);
}

void Controller::Do(const rollout::RollPaused& action) {
  accounts_.chronicle().Tell(api::event_kind::kRollPaused, action.reason);
}

void Controller::Do(const rollout::RollReverting& action) {
  accounts_.chronicle().Tell(api::event_kind::kRollReverting, action.reason);
}

void Controller::Do(const rollout::CanaryStepBegan& action) {
  const rollout::CanaryStep& step = runner_.fleet().roll->canary[action.step];
  const bool waits = step.hold == absl::InfiniteDuration();
  accounts_.chronicle().TellOf(
      action.worker, api::event_kind::kCanaryStepBegan,
      rollout::Name(rollout::WorkerState::kCanary),
      absl::StrFormat("the canary has %g %% of new connections%s", step.millionths / 10'000.0,
                      waits ? "" : absl::StrCat(" for ", absl::FormatDuration(step.hold))));
  accounts_.NoteCanaryStep();
}

void Controller::Do(const rollout::RollEnded& action) {
  const rollout::Fleet& fleet = runner_.fleet();
  releases_.NoteServed(fleet.generation);
  // First: somebody who knows the verdict may end this controller.
  recorder_.Write();
  accounts_.NoteRollEnded(action);
  traffic_.LetGo(fleet);
  releases_.ForgetOld(GenerationsInUse(fleet));
}

void Controller::Do(const rollout::FleetStopped&) {
  traffic_.membership().StopWatching();
  accounts_.collector().Stop();
  accounts_.chronicle().Tell(api::event_kind::kFleetStopped, "every worker is gone");
  loop_.Defer([this] { on_stopped_(); });
}

}  // namespace rollport::controller
