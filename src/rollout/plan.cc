#include "rollout/plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/strings.h"

namespace rollport::rollout {
namespace {

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
// Clang 14, which clang-tidy reads with, does not yet deduce it for an aggregate.
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

}  // namespace

Plan::Plan(const Policy& policy, GenerationId generation) : policy_(policy) {
  RP_CHECK(policy.workers >= 1 && policy.surge >= 1,
           absl::StrCat("workers ", policy.workers, ", surge ", policy.surge));
  fleet_.generation = generation;
  fleet_.random = policy.seed;
  fleet_.slots.resize(policy.workers);
  for (Slot& slot : fleet_.slots) slot.wanted = generation;
}

void Plan::set_policy(const Policy& policy) {
  const int workers = policy_.workers;
  policy_ = policy;
  policy_.workers = workers;
}

Actions Plan::Step(Instant now, const Event& event) {
  Turn turn{.now = now};
  Take(turn, event);
  PassDeadlines(turn);
  Reconcile(turn);
  return std::move(turn.actions);
}

Instant Plan::NextDeadline() const {
  Instant next = Instant::Never();
  for (const auto& [id, worker] : fleet_.workers) next = std::min(next, worker.deadline);
  if (fleet_.stopping) return next;
  for (const Slot& slot : fleet_.slots) {
    if (slot.launch_at != Instant()) next = std::min(next, slot.launch_at);
  }
  return next;
}

void Plan::Take(Turn& turn, const Event& event) {
  const auto stimulate = [&](WorkerId id, Stimulus stimulus, std::string_view detail = "") {
    Stimulate(turn, id, stimulus, detail);
  };
  std::visit(
      Overloaded{
          [&](const TimePassed&) {},
          [&](const FleetFound& e) { TakeOver(turn, e); },
          [&](const WorkerBecameReady& e) { stimulate(e.worker, Stimulus::kBecameReady); },
          [&](const WorkerProbed& e) {
            stimulate(e.worker, e.good ? Stimulus::kGoodProbe : Stimulus::kBadProbe, e.detail);
          },
          [&](const WorkerExited& e) { stimulate(e.worker, Stimulus::kExited, e.how); },
          [&](const WorkerQuiesced& e) { stimulate(e.worker, Stimulus::kQuiesced); },
          [&](const ListenersLeft& e) {
            stimulate(e.worker, Stimulus::kLeft, "closed its listener");
          },
          [&](const WorkerAskedForTime& e) {
            turn.asked_time = e.time;
            stimulate(e.worker, Stimulus::kAskedForTime);
          },
          [&](const CanaryFoundWorse& e) { stimulate(e.worker, Stimulus::kWorse, e.figures); },
          [&](const RollRequested& e) { RequestRoll(turn, e); },
          [&](const ScaleRequested& e) { RequestScale(turn, e.workers); },
          [&](const RestartRequested& e) { RequestRestart(turn, e.slot); },
          [&](const PauseRequested&) { RequestPause(turn); },
          [&](const ResumeRequested&) { RequestResume(turn); },
          [&](const AbortRequested&) { RequestAbort(turn); },
          [&](const StopRequested&) { BeginStop(turn); },
      },
      event);
}

// News of a worker that is no longer in the plan is late news.
void Plan::Stimulate(Turn& turn, WorkerId id, Stimulus stimulus, std::string_view detail) {
  const auto it = fleet_.workers.find(id);
  if (it == fleet_.workers.end()) return;
  const Reaction reaction = ReactionOf(it->second.state, stimulus);
  if (stimulus == Stimulus::kLeft && reaction != Reaction::kNothing) it->second.listening = false;
  React(turn, id, reaction, detail);
}

void Plan::React(Turn& turn, WorkerId id, Reaction reaction, std::string_view detail) {
  switch (reaction) {
    case Reaction::kNothing:
      return;
    case Reaction::kStartProbes:
      Enter(turn, id, WorkerState::kReady);
      turn.actions.push_back(ProbeWorker{id});
      return;
    case Reaction::kCountGood:
      return CountGood(turn, id);
    case Reaction::kCountBad:
      return CountBad(turn, id, detail);
    case Reaction::kRecover:
      return Recover(turn, id);
    case Reaction::kSuspect:
      return Suspect(turn, id, detail);
    case Reaction::kCheckTime:
      return CheckHealthy(turn, id, "was not healthy in time");
    case Reaction::kAccuse:
      return Accuse(turn, id, detail);
    case Reaction::kEndStep:
      At(id).deadline = Instant::Never();
      fleet_.roll->step_over = true;
      turn.changed = true;
      return;
    case Reaction::kFail:
      return Fail(turn, id, detail.empty() ? "was not ready in time" : detail);
    case Reaction::kLeave:
      return Leave(turn, id, detail);
    case Reaction::kDrain:
      Enter(turn, id, WorkerState::kDraining,
            turn.now >= At(id).deadline ? "handshake_timeout ran out" : "");
      turn.actions.push_back(DrainWorker{id});
      return;
    case Reaction::kNoteLeft:
      return;
    case Reaction::kExtend:
      return Extend(turn, id);
    case Reaction::kKill:
      Enter(turn, id, WorkerState::kKilled, "drain_timeout ran out");
      turn.actions.push_back(KillWorker{id});
      return;
    case Reaction::kFailReaped:
      return FailReaped(turn, id, detail);
    case Reaction::kReap:
      fleet_.workers.erase(id);
      return;
  }
}

void Plan::CountGood(Turn& turn, WorkerId id) {
  Worker& worker = At(id);
  if (worker.good_probes == 0) worker.healthy_from = turn.now + policy_.min_healthy_time;
  worker.good_probes = std::min(worker.good_probes + 1, policy_.healthy_after);
  worker.bad_probes = 0;
  if (worker.good_probes < policy_.healthy_after) return;
  worker.deadline = std::min(worker.healthy_from, worker.fail_at);
  if (turn.now >= worker.healthy_from) MakeHealthy(turn, id);
}

void Plan::CheckHealthy(Turn& turn, WorkerId id, std::string_view detail) {
  const Worker& worker = At(id);
  const bool proven = worker.good_probes >= policy_.healthy_after;
  if (proven && turn.now >= worker.healthy_from) return MakeHealthy(turn, id);
  Fail(turn, id, detail);
}

void Plan::MakeHealthy(Turn& turn, WorkerId id) {
  fleet_.ever_healthy = true;
  Enter(turn, id, WorkerState::kHealthy);
}

void Plan::CountBad(Turn& turn, WorkerId id, std::string_view detail) {
  if (At(id).state == WorkerState::kHealthy) Enter(turn, id, WorkerState::kReady, detail);
  Worker& worker = At(id);
  worker.good_probes = 0;
  worker.healthy_from = Instant::Never();
  worker.deadline = worker.fail_at;
}

void Plan::Recover(Turn& turn, WorkerId id) {
  Worker& worker = At(id);
  worker.bad_probes = 0;
  if (!worker.unhealthy) return;
  if (++worker.good_probes < policy_.healthy_after) return;
  worker.unhealthy = false;
  turn.actions.push_back(NoteWorker{id, worker.state, "healthy again"});
}

void Plan::Suspect(Turn& turn, WorkerId id, std::string_view detail) {
  Worker& worker = At(id);
  worker.good_probes = 0;
  if (worker.unhealthy || ++worker.bad_probes < policy_.unhealthy_after) return;
  worker.unhealthy = true;
  const std::string reason = absl::StrCat("unhealthy: ", ToAbsl(detail));
  turn.actions.push_back(NoteWorker{id, worker.state, reason});
  Blame(turn, worker, reason);
}

void Plan::Accuse(Turn& turn, WorkerId id, std::string_view detail) {
  Worker& worker = At(id);
  if (++worker.bad_probes < policy_.unhealthy_after) return;
  Fail(turn, id, absl::StrCat("unhealthy: ", ToAbsl(detail)));
}

// A worker that drains has one deadline; one on its way to healthy keeps its min_healthy_time.
void Plan::Extend(Turn& turn, WorkerId id) {
  Worker& worker = At(id);
  const Instant until = turn.now + turn.asked_time;
  if (worker.state == WorkerState::kDraining) {
    worker.deadline = std::max(worker.deadline, until);
    return;
  }
  worker.fail_at = std::max(worker.fail_at, until);
  const bool proven = worker.good_probes >= policy_.healthy_after;
  worker.deadline = proven ? std::min(worker.healthy_from, worker.fail_at) : worker.fail_at;
}

void Plan::PassDeadlines(Turn& turn) {
  std::vector<WorkerId> due;
  for (const auto& [id, worker] : fleet_.workers) {
    if (worker.deadline <= turn.now) due.push_back(id);
  }
  for (const WorkerId id : due) {
    // A deadline that passed for one worker may have changed another one's.
    const auto it = fleet_.workers.find(id);
    if (it == fleet_.workers.end() || it->second.deadline > turn.now) continue;
    Stimulate(turn, id, Stimulus::kDeadline, "");
  }
}

void Plan::Enter(Turn& turn, WorkerId id, WorkerState state, std::string_view reason) {
  Worker& worker = At(id);
  worker.state = state;
  worker.since = turn.now;
  worker.deadline = Instant::Never();
  switch (state) {
    case WorkerState::kStarting:
      worker.deadline = worker.fail_at = turn.now + policy_.healthy_deadline;
      break;
    case WorkerState::kReady:
      // One that was healthy and is not any more gets a new deadline.
      if (worker.good_probes > 0) worker.fail_at = turn.now + policy_.healthy_deadline;
      worker.deadline = worker.fail_at;
      break;
    case WorkerState::kCanary:
    case WorkerState::kServing:
      worker.good_probes = worker.bad_probes = 0;
      worker.served = true;
      break;
    case WorkerState::kQuiescing:
      worker.deadline = turn.now + policy_.handshake_timeout;
      turn.to_quiesce.push_back(id);
      break;
    case WorkerState::kDraining:
      worker.deadline = turn.now + policy_.drain_timeout;
      break;
    case WorkerState::kHealthy:
    case WorkerState::kDismissed:
    case WorkerState::kKilled:
      break;
  }
  turn.changed = true;
  turn.actions.push_back(NoteWorker{id, state, std::string(reason)});
}

}  // namespace rollport::rollout
