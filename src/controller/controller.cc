#include "controller/controller.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "controller/traffic/reserve.h"
#include "rollout/invariants.h"
#include "rollout/trace.h"

namespace rollport::controller {
rollout::Policy Controller::MakePolicy(const fleet_file::FleetSettings& settings) {
  rollout::Policy policy;
  policy.workers = settings.workers;
  policy.surge = settings.roll.surge;
  policy.healthy_after = settings.health.healthy_after;
  policy.unhealthy_after = settings.health.unhealthy_after;
  policy.min_healthy_time = settings.roll.min_healthy_time;
  policy.healthy_deadline = settings.roll.healthy_deadline;
  policy.handshake_timeout = settings.roll.handshake_timeout;
  policy.drain_timeout = settings.roll.drain_timeout;
  policy.auto_revert = settings.roll.auto_revert;
  policy.seed = static_cast<uint64_t>(absl::ToUnixNanos(absl::Now()));
  return policy;
}

absl::StatusOr<std::unique_ptr<Controller>> Controller::Create(os::EventLoop& loop,
                                                               fleet_file::FleetSettings settings,
                                                               const std::string& state_dir) {
  ASSIGN_OR_RETURN(os::SockDiag diag, os::SockDiag::Create());
  std::string trouble;
  const FleetRecordFile file(state_dir);
  std::optional<LeftFleet> left = FindLeftFleet(file, settings, &trouble);
  // Another user cannot reach into our folder. Nobody is believed for knowing the name: OnNotify
  // goes by what the kernel says of the sender. A later controller takes the name over.
  const bool abstract = settings.worker.process.credentials.has_value();
  const std::string name = left.has_value() ? left->record.notify_socket
                           : abstract ? absl::StrCat("@rollport/", settings.name, "/", getpid())
                                      : absl::StrCat(state_dir, "/notify.sock");
  std::map<GenerationId, Release> releases;
  GenerationId current(1);
  rollout::Policy policy = MakePolicy(settings);
  bool changed = false;
  if (left.has_value()) {
    fleet_file::FleetSettings then = SettingsOf(*left, settings);
    changed = then != settings;
    settings = std::move(then);
    current = GenerationId(left->record.generation);
    policy = MakePolicy(settings);
    policy.workers = left->record.slots;
    ASSIGN_OR_RETURN(releases, Releases(*left));
  } else {
    ASSIGN_OR_RETURN(Release first, Take(current, settings, settings.worker.command));
    releases.emplace(current, std::move(first));
  }
  std::unique_ptr<Controller> controller(new Controller(
      loop, std::move(settings), std::move(diag), state_dir, name, rollout::Plan(policy, current)));
  controller->releases_ = std::move(releases);
  RETURN_IF_ERROR(left.has_value() ? controller->HoldAddresses(*left)
                                   : controller->HoldAddresses(controller->releases_.at(current)));
  RETURN_IF_ERROR(controller->OpenNotify());
  ASSIGN_OR_RETURN(controller->keeper_, PipeKeeper::Start());
  if (!trouble.empty()) {
    controller->to_tell_.emplace_back(api::event_kind::kFleetRecordIgnored, trouble);
  }
  if (changed) {
    controller->to_tell_.emplace_back(
        api::event_kind::kFleetFileChanged,
        absl::StrCat(controller->settings_.file,
                     " has changed since; the next roll takes that up"));
  }
  controller->left_ = std::move(left);
  return controller;
}

Controller::Controller(os::EventLoop& loop, fleet_file::FleetSettings settings, os::SockDiag diag,
                       const std::string& state_dir, std::string notify_path, rollout::Plan plan)
    : loop_(loop),
      settings_(std::move(settings)),
      diag_(std::move(diag)),
      record_(state_dir),
      notify_path_(std::move(notify_path)),
      successors_(workers_),
      steerer_(loop, diag_, workers_),
      plan_(std::move(plan)),
      meters_(workers_, events_),
      scraper_(loop, diag_, workers_, steerer_, [this] { return ScrapeTargets(); }),
      started_(loop.Now()),
      deadline_(loop, [this] { Post(rollout::TimePassed{}); }),
      watch_(loop, [this] { Watch(); }),
      audit_(loop, [this] { Audit(); }) {}

Controller::~Controller() = default;

void Controller::Start(std::function<void()> on_stopped) {
  on_stopped_ = std::move(on_stopped);
  for (const auto& [kind, message] : std::exchange(to_tell_, {})) Tell(kind, message);
  if (left_.has_value()) {
    TakeOver();
  } else {
    Post(rollout::TimePassed{});
  }
  watch_.After(Pace());
  scraper_.Start();
}

bool Controller::IsWorker(pid_t pid) const {
  return std::any_of(workers_.all().begin(), workers_.all().end(),
                     [pid](const auto& entry) { return entry.second->Holds(pid); });
}

// --- Events in, actions out --------------------------------------------------------------------

void Controller::Post(rollout::Event event) {
  queue_.push_back(std::move(event));
  if (queue_.size() == 1 && !pumping_) loop_.Defer([this] { Pump(); });
}

void Controller::Pump() {
  pumping_ = true;
  while (!queue_.empty()) {
    const rollout::Event event = std::move(queue_.front());
    queue_.pop_front();
    Step(event);
  }
  pumping_ = false;
}

void Controller::Step(const rollout::Event& event) {
  const rollout::Fleet before = plan_.view();
  const rollout::Actions actions = plan_.Step(loop_.Now(), event);
  for (const std::string& broken : rollout::BrokenPromises(before, actions, plan_.view())) {
    Tell(api::event_kind::kPromiseBroken,
         absl::StrCat(broken, " after ", rollout::ToString(event)));
  }
  for (const rollout::Action& action : actions) {
    std::visit([this](const auto& a) { Do(a); }, action);
  }
  if (!actions.empty()) RecordSoon();
  meters_.Follow(loop_.Now(), event, actions, plan_.view());
  deadline_.At(plan_.NextDeadline());
  // Whoever comes or goes is to be seen soon.
  if (!actions.empty() && (!watch_.armed() || watch_.when() > loop_.Now() + Pace())) {
    watch_.After(Pace());
  }
}

void Controller::Do(const rollout::LaunchWorker& action) {
  const Release& release = releases_.at(action.generation);
  const LaunchPlace place{.addresses = release.listen,
                          .notify_socket = notify_path_,
                          .drain_timeout = settings_.roll.drain_timeout};
  absl::StatusOr<Launched> launched =
      Launch(loop_, place, release.generation, release.settings, action.worker, action.slot,
             [this, id = action.worker](os::ExitStatus how) { OnExit(id, how); });
  if (!launched.ok()) {
    return Post(rollout::WorkerExited{action.worker, std::string(launched.status().message())});
  }
  launched->worker->before_end = [this] { OnNotify(); };
  ReadOutput(*launched->worker, "stdout", std::move(launched->out));
  ReadOutput(*launched->worker, "stderr", std::move(launched->err));
  workers_.Add(std::move(launched->worker));
  Record();  // at once: nobody finds a process that is not noted for certain
  TellOf(action.worker, api::event_kind::kWorkerStateChanged,
         rollout::Name(rollout::WorkerState::kStarting), "");
}

void Controller::Do(const rollout::ProbeWorker& action) {
  const WorkerId id = action.worker;
  const Release& release = releases_.at(plan_.view().workers.at(id).generation);
  probers_[id] = std::make_unique<Prober>(
      loop_, diag_, workers_, steerer_, id, release.listen, settings_.health,
      [this, id](bool good, const std::string& detail) { NoteProbe(id, good, detail); });
}

void Controller::NoteProbe(WorkerId id, bool good, const std::string& detail) {
  // One that was found serving is looked up in /proc until it has proven the order to us.
  const auto worker = plan_.view().workers.find(id);
  const bool serves = worker != plan_.view().workers.end() &&
                      worker->second.state == rollout::WorkerState::kServing;
  if (good && serves && steerer_.steered()) probers_.at(id)->set_identify(false);
  Post(rollout::WorkerProbed{id, good, detail});
}

void Controller::Do(const rollout::ApplyShares& action) {
  (void)steerer_.Refresh();
  steerer_.Steer(action.weights);
  NoteSteering();
}

void Controller::Do(const rollout::QuiesceWorker& action) {
  const WorkerId id = action.worker;
  quiescers_[id] = std::make_unique<Quiescer>(loop_, diag_, steerer_, id,
                                              [this, id] { Post(rollout::WorkerQuiesced{id}); });
}

void Controller::Do(const rollout::DrainWorker& action) {
  WorkerProcess* worker = workers_.Find(action.worker);
  if (worker == nullptr) return;
  // Before it is told: another controller must not tell it a second time.
  Record();
  const fleet_file::WorkerSettings& settings = releases_.at(worker->generation()).settings;
  successors_.Retire(action.worker, plan_.view());
  if (absl::Status status = worker->Signal(settings.stop_signal); !status.ok()) {
    TellOf(action.worker, api::event_kind::kSignalFailed, "", std::string(status.message()));
  }
}

void Controller::Do(const rollout::KillWorker& action) {
  if (WorkerProcess* worker = workers_.Find(action.worker)) worker->Kill();
}

void Controller::Do(const rollout::NoteWorker& action) {
  using rollout::WorkerState;
  const std::optional<absl::Duration> former = NoteState(action.worker, action.state);
  switch (action.state) {
    case WorkerState::kStarting:
      return;  // told when there is a process
    case WorkerState::kCanary:
    case WorkerState::kServing:
      // A worker that may be asked for often is not looked up in /proc each time.
      if (const auto it = probers_.find(action.worker); it != probers_.end()) {
        it->second->set_identify(false);
      }
      break;
    case WorkerState::kDismissed:
    case WorkerState::kQuiescing:
    case WorkerState::kDraining:
    case WorkerState::kKilled:
      probers_.erase(action.worker);
      if (action.state != WorkerState::kDismissed) watchdogs_.erase(action.worker);
      if (action.state != WorkerState::kQuiescing) quiescers_.erase(action.worker);
      break;
    case WorkerState::kReady:
      StartWatchdog(action.worker);
      break;
    case WorkerState::kHealthy:
      break;
  }
  TellOf(action.worker, api::event_kind::kWorkerStateChanged, rollout::Name(action.state),
         action.reason, former);
}

// How long the worker was in its former state; nullopt for its first one.
std::optional<absl::Duration> Controller::NoteState(WorkerId id, rollout::WorkerState state) {
  const rollout::Worker& worker = plan_.view().workers.at(id);
  const auto [it, first] = entered_.try_emplace(id, loop_.Now());
  const absl::Duration stayed = loop_.Now() - std::exchange(it->second, loop_.Now());
  for (RollLedger& ledger : ledgers_) {
    ledger.Entered(id, worker.slot, worker.generation, state, loop_.Now());
  }
  return first ? std::nullopt : std::make_optional(stayed);
}

void Controller::Do(const rollout::FleetStarted&) {
  releases_.at(plan_.view().generation).served = true;
  Tell(api::event_kind::kFleetStarted,
       absl::StrCat("every slot of ", plan_.view().open_slots(), " is served"));
}

void Controller::Do(const rollout::StartFailed& action) {
  start_failure_ = action.reason;
  Tell(api::event_kind::kStartFailed, action.reason);
}

void Controller::Do(const rollout::RollPaused& action) {
  Tell(api::event_kind::kRollPaused, action.reason);
}
void Controller::Do(const rollout::RollReverting& action) {
  Tell(api::event_kind::kRollReverting, action.reason);
}

void Controller::Do(const rollout::RollEnded& action) {
  releases_.at(plan_.view().generation).served = true;
  for (RollLedger& ledger : ledgers_) {
    if (!ledger.ended()) ledger.End(action, plan_.view(), loop_.Now());
  }
  GiveVerdicts();
  LetAddressesGo();
  ForgetGenerations();
}

void Controller::Do(const rollout::FleetStopped&) {
  watch_.Cancel();
  scraper_.Stop();
  Tell(api::event_kind::kFleetStopped, "every worker is gone");
  loop_.Defer([this] { on_stopped_(); });
}

// --- Telling -----------------------------------------------------------------------------------

int64_t Controller::CurrentRoll() const {
  // Until its verdict: the exits of those that it retired are of the roll too.
  return ledgers_.empty() ? 0 : ledgers_.back().number();
}

void Controller::Tell(std::string kind, std::string message) {
  events_.Append(api::FleetEvent{.roll = CurrentRoll(),
                                 .at = absl::Now(),
                                 .kind = std::move(kind),
                                 .message = std::move(message)});
}

void Controller::TellOf(WorkerId id, std::string kind, std::string_view phase, std::string message,
                        std::optional<absl::Duration> duration) {
  api::FleetEvent event{.roll = CurrentRoll(), .at = absl::Now(), .kind = std::move(kind)};
  event.phase = std::string(phase);
  event.message = std::move(message);
  event.duration = duration;
  if (const WorkerProcess* worker = workers_.Find(id)) {
    event.slot = static_cast<int>(worker->slot().value());
    event.generation = worker->generation().value();
    event.pid = worker->pid();
  }
  events_.Append(std::move(event));
}

}  // namespace rollport::controller
