#include "rollout/plan.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "rollout/found.h"
#include "rollout/health.h"
#include "rollout/reactions.h"
#include "rollout/reconcile.h"
#include "rollout/requests.h"
#include "rollout/stop.h"
#include "rollout/turn.h"
#include "rollout/watch.h"

namespace rollport::rollout {
namespace {

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
// Clang 14, which clang-tidy reads with, does not yet deduce it for an aggregate.
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

// What each event means: news of a worker, a request, or a fleet that was there before.
void Take(Turn& turn, const Event& event) {
  const auto tell = [&turn](WorkerId id, Stimulus stimulus, std::string_view detail = "") {
    Stimulate(turn, id, {.stimulus = stimulus, .detail = detail});
  };
  std::visit(
      Overloaded{
          [&](const TimePassed&) {},
          [&](const FleetFound& e) { TakeOver(turn, e); },
          [&](const WorkerBecameReady& e) { tell(e.worker, Stimulus::kBecameReady); },
          [&](const WorkerProbed& e) {
            NoteProbe(turn, e);
            if (e.result == ProbeResult::kOverdue) return;
            const bool good = e.result == ProbeResult::kGood;
            tell(e.worker, good ? Stimulus::kGoodProbe : Stimulus::kBadProbe, e.detail);
          },
          [&](const WorkerExited& e) { tell(e.worker, Stimulus::kExited, e.how); },
          [&](const WorkerQuiesced& e) { tell(e.worker, Stimulus::kQuiesced); },
          [&](const AcceptQueueChanged& e) {
            Stimulate(turn, e.worker, {.stimulus = Stimulus::kQueueChanged, .waiting = e.waiting});
          },
          [&](const ListenersLeft& e) { tell(e.worker, Stimulus::kLeft, "closed its listener"); },
          [&](const WorkerAskedForTime& e) {
            Stimulate(turn, e.worker, {.stimulus = Stimulus::kAskedForTime, .time = e.time});
          },
          [&](const CanaryFoundWorse& e) { tell(e.worker, Stimulus::kWorse, e.figures); },
          [&](const RollRequested& e) { RequestRoll(turn, e); },
          [&](const ScaleRequested& e) { RequestScale(turn, e.workers); },
          [&](const RestartRequested& e) { RequestRestart(turn, e.slot); },
          [&](const PauseRequested&) { RequestPause(turn); },
          [&](const ResumeRequested&) { RequestResume(turn); },
          [&](const AbortRequested&) { RequestAbort(turn); },
          [&](const StopRequested&) { BeginStop(turn); },
          [&](const ForceRequested&) { ForceStop(turn); },
      },
      event);
}

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
  policy_ = policy;
  policy_.workers = fleet_.open_slots();
}

Actions Plan::Step(Instant now, const Event& event) {
  Turn turn(now, policy_, fleet_);
  Take(turn, event);
  PassDeadlines(turn);
  Reconcile(turn);
  policy_.workers = fleet_.open_slots();  // the turn may have resized the fleet
  return turn.TakeActions();
}

bool Plan::TakeRoutine(Instant now, const Event& event) {
  const auto* probed = std::get_if<WorkerProbed>(&event);
  if (probed == nullptr || !IsRoutine(fleet_, *probed)) return false;
  Turn turn(now, policy_, fleet_);
  NoteProbe(turn, *probed);
  return true;
}

std::vector<WorkerId> Plan::Late(Instant now) const {
  std::vector<WorkerId> late;
  for (const auto& [id, worker] : fleet_.workers) {
    const bool timed =
        worker.state == WorkerState::kStarting || worker.state == WorkerState::kReady;
    if (timed && worker.fail_at <= now) late.push_back(id);
  }
  return late;
}

void Plan::set_evidence(WorkerId id, const std::string& evidence) {
  fleet_.workers.at(id).evidence = evidence;
}

void Plan::BeganLater(const Action& action, absl::Duration by) {
  const auto postpone = [&](WorkerId id) {
    const auto it = fleet_.workers.find(id);
    if (it == fleet_.workers.end()) return;
    it->second.deadline = it->second.deadline + by;
    it->second.leave_by = it->second.leave_by + by;
    it->second.probe_at = it->second.probe_at + by;
    it->second.fail_at = it->second.fail_at + by;
  };
  std::visit(Overloaded{[&](const LaunchWorker& a) { postpone(a.worker); },
                        [&](const QuiesceWorker& a) { postpone(a.worker); },
                        [&](const DrainWorker& a) { postpone(a.worker); },
                        [&](const KillWorker& a) { postpone(a.worker); }, [](const auto&) {}},
             action);
}

void Plan::HeldUp(absl::Duration time) {
  for (auto& [id, worker] : fleet_.workers) {
    if (!IsComing(worker.state) || IsAdmitted(worker.state)) continue;
    if (worker.deadline == worker.fail_at) worker.deadline = worker.deadline + time;
    worker.fail_at = worker.fail_at + time;
  }
  if (fleet_.roll.has_value()) fleet_.roll->answer_until = fleet_.roll->answer_until + time;
}

Instant Plan::NextDeadline() const {
  Instant next = Instant::Never();
  for (const auto& [id, worker] : fleet_.workers) {
    next = std::min({next, worker.deadline, worker.leave_by, worker.probe_at});
  }
  if (fleet_.stopping) return next;
  if (fleet_.more_to_launch) return Instant();
  for (const Slot& slot : fleet_.slots) {
    if (slot.launch_at != Instant()) next = std::min(next, slot.launch_at);
  }
  return std::min(next, NextLook(fleet_));
}

}  // namespace rollport::rollout
