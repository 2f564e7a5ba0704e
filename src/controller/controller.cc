#include "controller/controller.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "controller/reserve.h"
#include "rollout/invariants.h"
#include "rollout/trace.h"

namespace rollport::controller {
rollout::Policy Controller::MakePolicy(const FleetSettings& settings) {
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
                                                               FleetSettings settings,
                                                               const std::string& state_dir) {
  std::vector<os::SocketAddress> addresses;
  for (const std::string& text : settings.listen) {
    ASSIGN_OR_RETURN(const os::SocketAddress address, os::SocketAddress::Parse(text));
    addresses.push_back(address);
  }
  ASSIGN_OR_RETURN(os::SockDiag diag, os::SockDiag::Create());
  const auto& owner = settings.worker.process.credentials;
  ASSIGN_OR_RETURN(std::vector<os::UniqueFd> reserved, Reserve(diag, addresses, owner));
  // Another user cannot reach into our folder. Nobody is believed for knowing the name: OnNotify
  // goes by what the kernel says of the sender.
  const std::string name = owner.has_value()
                               ? absl::StrCat("@rollport/", settings.name, "/", getpid())
                               : absl::StrCat(state_dir, "/notify.sock");
  ASSIGN_OR_RETURN(os::NotifySocket notify, os::NotifySocket::Create(name));
  ASSIGN_OR_RETURN(Generation first, Generation::Take(GenerationId(1), settings.worker.command,
                                                      settings.worker.env, settings.directory));
  std::unique_ptr<Controller> controller(new Controller(loop, std::move(settings),
                                                        std::move(addresses), std::move(diag),
                                                        std::move(notify), std::move(first)));
  controller->reserved_ = std::move(reserved);
  ASSIGN_OR_RETURN(controller->keeper_, PipeKeeper::Start());
  RETURN_IF_ERROR(controller->notify_watch_.Set(EPOLLIN));
  return controller;
}

Controller::Controller(os::EventLoop& loop, FleetSettings settings,
                       std::vector<os::SocketAddress> addresses, os::SockDiag diag,
                       os::NotifySocket notify, Generation first)
    : loop_(loop),
      settings_(std::move(settings)),
      diag_(std::move(diag)),
      notify_(std::move(notify)),
      steerer_(loop, diag_, workers_, addresses),
      plan_(MakePolicy(settings_), first.id()),
      deadline_(loop, [this] { Post(rollout::TimePassed{}); }),
      watch_(loop, [this] { Watch(); }),
      notify_watch_(loop, notify_.fd(), [this](uint32_t) { OnNotify(); }) {
  releases_.emplace(first.id(), Release{std::move(first), settings_.worker});
}

Controller::~Controller() = default;

void Controller::Start(std::function<void()> on_stopped) {
  on_stopped_ = std::move(on_stopped);
  Post(rollout::TimePassed{});
  watch_.After(Pace());
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

std::optional<std::string> Controller::Step(const rollout::Event& event) {
  const rollout::Fleet before = plan_.view();
  const rollout::Actions actions = plan_.Step(loop_.Now(), event);
  for (const std::string& broken : rollout::BrokenPromises(before, actions, plan_.view())) {
    Tell("PromiseBroken", absl::StrCat(broken, " after ", rollout::ToString(event)));
  }
  std::optional<std::string> refused;
  for (const rollout::Action& action : actions) {
    if (const auto* refuse = std::get_if<rollout::Refuse>(&action)) refused = refuse->reason;
    std::visit([this](const auto& a) { Do(a); }, action);
  }
  deadline_.At(plan_.NextDeadline());
  // Whoever comes or goes is to be seen soon.
  if (!actions.empty() && (!watch_.armed() || watch_.when() > loop_.Now() + Pace())) {
    watch_.After(Pace());
  }
  return refused;
}

void Controller::Do(const rollout::LaunchWorker& action) {
  const Release& release = releases_.at(action.generation);
  LaunchPlace place{.listen = absl::StrJoin(settings_.listen, " "),
                    .notify_socket = notify_.path(),
                    .drain_timeout = settings_.roll.drain_timeout};
  for (const auto& group : steerer_.groups()) place.addresses.push_back(group->address());
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
  TellOf(action.worker, "WorkerStateChanged", rollout::Name(rollout::WorkerState::kStarting), "");
}

void Controller::Do(const rollout::ProbeWorker& action) {
  const WorkerId id = action.worker;
  probers_[id] = std::make_unique<Prober>(loop_, diag_, workers_, steerer_, id, settings_.health,
                                          [this, id](bool good, const std::string& detail) {
                                            Post(rollout::WorkerProbed{id, good, detail});
                                          });
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
  const WorkerSettings& settings = releases_.at(worker->generation()).settings;
  if (absl::Status status = worker->Signal(settings.stop_signal); !status.ok()) {
    TellOf(action.worker, "SignalFailed", "", std::string(status.message()));
  }
}

void Controller::Do(const rollout::KillWorker& action) {
  if (WorkerProcess* worker = workers_.Find(action.worker)) worker->Kill();
}

void Controller::Do(const rollout::NoteWorker& action) {
  using rollout::WorkerState;
  switch (action.state) {
    case WorkerState::kStarting:
      return;  // told when there is a process
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
  TellOf(action.worker, "WorkerStateChanged", rollout::Name(action.state), action.reason);
}

void Controller::Do(const rollout::FleetStarted&) {
  Tell("FleetStarted", absl::StrCat("every slot of ", settings_.workers, " is served"));
}

void Controller::Do(const rollout::StartFailed& action) {
  start_failure_ = action.reason;
  Tell("StartFailed", action.reason);
}

void Controller::Do(const rollout::RollPaused& action) { Tell("RollPaused", action.reason); }
void Controller::Do(const rollout::RollReverting& action) { Tell("RollReverting", action.reason); }

void Controller::Do(const rollout::RollEnded& action) {
  for (RollLedger& ledger : ledgers_) {
    if (!ledger.ended()) ledger.End(action, plan_.view(), loop_.Now());
  }
  GiveVerdicts();
  ForgetGenerations();
}

void Controller::Do(const rollout::FleetStopped&) {
  watch_.Cancel();
  Tell("FleetStopped", "every worker is gone");
  loop_.Defer([this] { on_stopped_(); });
}

// --- Telling -----------------------------------------------------------------------------------

int64_t Controller::CurrentRoll() const {
  // Until its verdict: the exits of those that it retired are of the roll too.
  return ledgers_.empty() ? 0 : ledgers_.back().number();
}

void Controller::Tell(std::string kind, std::string message) {
  events_.Append(FleetEvent{.roll = CurrentRoll(),
                            .at = absl::Now(),
                            .kind = std::move(kind),
                            .message = std::move(message)});
}

void Controller::TellOf(WorkerId id, std::string kind, std::string_view phase,
                        std::string message) {
  FleetEvent event{.roll = CurrentRoll(), .at = absl::Now(), .kind = std::move(kind)};
  event.phase = std::string(phase);
  event.message = std::move(message);
  if (const WorkerProcess* worker = workers_.Find(id)) {
    event.slot = static_cast<int>(worker->slot().value());
    event.generation = worker->generation().value();
    event.pid = worker->pid();
  }
  events_.Append(std::move(event));
}

}  // namespace rollport::controller
