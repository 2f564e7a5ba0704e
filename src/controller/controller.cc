#include "controller/controller.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "controller/fleet_file.h"
#include "controller/reserve.h"
#include "rollout/invariants.h"
#include "rollout/trace.h"

namespace rollport::controller {
namespace {

// How often the groups are looked at: while a listener is expected to come or to go, and otherwise
// (to see foreign listeners, and workers that leave by themselves).
constexpr absl::Duration kFastPace = absl::Milliseconds(1);
constexpr absl::Duration kSlowPace = absl::Milliseconds(250);
constexpr size_t kKeepGenerations = 5;

}  // namespace

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
  ASSIGN_OR_RETURN(std::vector<os::UniqueFd> reserved, Reserve(diag, addresses));
  ASSIGN_OR_RETURN(os::NotifySocket notify,
                   os::NotifySocket::Create(absl::StrCat(state_dir, "/notify.sock")));
  ASSIGN_OR_RETURN(Generation first, Generation::Take(GenerationId(1), settings.worker.command,
                                                      settings.worker.env, settings.directory));
  std::unique_ptr<Controller> controller(new Controller(loop, std::move(settings),
                                                        std::move(addresses), std::move(diag),
                                                        std::move(notify), std::move(first)));
  controller->reserved_ = std::move(reserved);
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
  watch_.After(kFastPace);
}

bool Controller::IsWorker(pid_t pid) const {
  return std::any_of(workers_.all().begin(), workers_.all().end(),
                     [pid](const auto& entry) { return entry.second->pid() == pid; });
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
  const LaunchPlace place{.listen = absl::StrJoin(settings_.listen, " "),
                          .notify_socket = notify_.path(),
                          .drain_timeout = settings_.roll.drain_timeout};
  absl::StatusOr<std::unique_ptr<WorkerProcess>> worker =
      Launch(loop_, place, releases_.at(action.generation).generation, action.worker, action.slot,
             [this, id = action.worker](os::ExitStatus how) { OnExit(id, how); });
  if (!worker.ok()) {
    return Post(rollout::WorkerExited{action.worker, std::string(worker.status().message())});
  }
  workers_.Add(*std::move(worker));
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
      if (action.state != WorkerState::kQuiescing) quiescers_.erase(action.worker);
      break;
    case WorkerState::kReady:
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

// --- What the system tells ---------------------------------------------------------------------

void Controller::OnNotify() {
  while (true) {
    const absl::StatusOr<std::optional<os::NotifyMessage>> message = notify_.Read();
    if (!message.ok() || !message->has_value()) return;
    WorkerProcess* worker = workers_.FindByPid((*message)->pid);
    // What nobody of ours says is nothing to us.
    if (worker == nullptr) continue;
    if (const auto status = (*message)->Get("STATUS")) worker->status_text = std::string(*status);
    if ((*message)->Get("READY") == "1") {
      FollowGroups();
      Post(rollout::WorkerBecameReady{worker->id()});
    }
    if ((*message)->Get("STOPPING") == "1") FollowGroups();
  }
}

void Controller::OnExit(WorkerId id, os::ExitStatus how) {
  const WorkerProcess& worker = *workers_.Find(id);
  int64_t cut = 0;
  if (worker.page().InUse()) {
    cut = static_cast<int64_t>(worker.page()->connections_cut.Get());
    if (worker.killed()) cut += static_cast<int64_t>(worker.page()->requests_open.Get());
  }
  TellOf(id, "WorkerExited", "",
         cut == 0 ? how.ToString() : absl::StrCat(how.ToString(), ", ", cut, " connections cut"));
  probers_.erase(id);
  quiescers_.erase(id);
  workers_.Remove(id);
  joined_.erase(id);
  FollowGroups();
  Post(rollout::WorkerExited{id, how.ToString()});
  // After the plan knows: a roll that this very exit ends must still count the worker among its own.
  loop_.Defer([this, id, cut] {
    for (RollLedger& ledger : ledgers_) ledger.WorkerGone(id, cut);
    GiveVerdicts();
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
      const bool by_listening = releases_.at(worker.generation).settings.ready == Ready::kListening;
      if (by_listening && steerer_.InEveryGroup(id)) Post(rollout::WorkerBecameReady{id});
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
    const bool coming = worker.state == rollout::WorkerState::kStarting &&
                        releases_.at(worker.generation).settings.ready == Ready::kListening;
    const bool going = worker.listening && (worker.state == rollout::WorkerState::kDraining ||
                                            worker.state == rollout::WorkerState::kKilled);
    if (coming || going) return kFastPace;
  }
  return kSlowPace;
}

// Says once that the fleet is steered by the kernel's hash, and once that it is not any more.
void Controller::NoteSteering() {
  const std::string trouble = plan_.view().weights.empty() ? "" : steerer_.trouble();
  if (trouble.empty() == told_trouble_.empty()) return;
  told_trouble_ = trouble;
  if (trouble.empty()) return Tell("SteeringRestored", "connections are steered by program again");
  Tell("SteeringLost", absl::StrCat("connections are spread by the kernel's hash, and a retirement "
                                    "may lose some: ",
                                    trouble));
}

// --- Requests ----------------------------------------------------------------------------------

absl::StatusOr<FleetSettings> Controller::Reread() const {
  ASSIGN_OR_RETURN(const FleetSettings fresh, LoadFleetFile(settings_.file));
  const auto fixed = [this](const char* what) {
    return absl::InvalidArgumentError(
        absl::StrCat(settings_.file, ": ", what,
                     " has changed; that takes effect when the fleet is stopped and run again"));
  };
  if (fresh.name != settings_.name) return fixed("name");
  if (fresh.listen != settings_.listen) return fixed("listen");
  if (fresh.workers != settings_.workers) return fixed("workers");
  if (fresh.state_dir != settings_.state_dir) return fixed("state_dir");
  if (fresh.admin != settings_.admin) return fixed("admin");
  return fresh;
}

absl::StatusOr<int64_t> Controller::Roll(std::optional<std::vector<std::string>> command) {
  ASSIGN_OR_RETURN(FleetSettings fresh, Reread());
  const GenerationId to(releases_.rbegin()->first.value() + 1);
  absl::StatusOr<Generation> generation = Generation::Take(
      to, command.value_or(fresh.worker.command), fresh.worker.env, fresh.directory);
  if (!generation.ok()) return absl::InvalidArgumentError(generation.status().message());

  const GenerationId from = plan_.view().generation;
  const FleetSettings former = std::exchange(settings_, fresh);
  releases_.emplace(to, Release{*std::move(generation), fresh.worker});
  ledgers_.emplace_back(last_roll_ + 1, from, to, loop_.Now());
  const rollout::Policy policy = plan_.policy();
  rollout::Policy next = MakePolicy(settings_);
  next.seed = policy.seed;
  plan_.set_policy(next);
  ++last_roll_;
  // Told before the step, whose own news belong to the roll.
  const std::string not_kept = releases_.at(to).generation.not_kept();
  if (plan_.view().state() == rollout::FleetState::kSteady) {
    Tell("RollBegan", absl::StrCat("generation ", from.value(), " -> ", to.value(), ": ",
                                   absl::StrJoin(releases_.at(to).generation.command(), " "),
                                   not_kept.empty() ? "" : absl::StrCat(" (", not_kept, ")")));
  }
  if (const auto refused = Step(rollout::RollRequested{to})) {
    plan_.set_policy(policy);
    settings_ = former;
    releases_.erase(to);
    ledgers_.pop_back();
    --last_roll_;
    return absl::FailedPreconditionError(*refused);
  }
  return last_roll_;
}

void Controller::Stop() { Post(rollout::StopRequested{}); }

void Controller::GiveVerdicts() {
  for (auto it = ledgers_.begin(); it != ledgers_.end();) {
    const std::optional<Verdict> verdict = it->verdict();
    if (!verdict.has_value()) {
      ++it;
      continue;
    }
    FleetEvent event{.roll = it->number(), .at = absl::Now(), .kind = "RollEnded"};
    event.message = verdict->outcome;
    if (!verdict->reason.empty()) absl::StrAppend(&event.message, ": ", verdict->reason);
    event.verdict = verdict;
    it = ledgers_.erase(it);
    events_.Append(std::move(event));
  }
}

// Keeps those in use, and the newest few.
void Controller::ForgetGenerations() {
  std::set<GenerationId> used = {plan_.view().generation};
  for (const auto& [id, worker] : plan_.view().workers) used.insert(worker.generation);
  for (const rollout::Slot& slot : plan_.view().slots) used.insert(slot.wanted);
  for (auto it = releases_.begin(); it != releases_.end() && releases_.size() > kKeepGenerations;) {
    it = used.contains(it->first) ? std::next(it) : releases_.erase(it);
  }
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
