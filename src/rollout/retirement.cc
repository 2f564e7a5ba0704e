#include "rollout/retirement.h"

namespace rollport::rollout {
namespace {

// The kernel closes the listeners of a killed worker in far less than this, unless it sleeps
// uninterruptibly.
constexpr absl::Duration kKillsApart = absl::Milliseconds(100);

}  // namespace

void Unassign(Turn& turn, WorkerId id) {
  const Worker& worker = turn.At(id);
  Slot& slot = turn.SlotOf(worker);
  if (slot.next == id) slot.next.reset();
  if (slot.serving == id) slot.serving.reset();
  if (!turn.fleet().roll.has_value()) return;
  Roll& roll = *turn.fleet().roll;
  if (roll.trial != id && worker.state != WorkerState::kCanary) return;
  roll.trial.reset();
  roll.step = 0;
  roll.step_over = false;
}

void Dismiss(Turn& turn, WorkerId id, std::string_view reason, bool failed) {
  Unassign(turn, id);
  turn.Enter(id, WorkerState::kDismissed, reason, failed);
}

bool MayRetire(const Fleet& fleet, const Worker& worker) {
  return IsHung(worker) || !fleet.AnyLeaving();
}

void Retire(Turn& turn, WorkerId id) { turn.Enter(id, WorkerState::kQuiescing); }

void RetireDismissed(Turn& turn) {
  for (const auto& [id, worker] : turn.fleet().workers) {
    if (worker.state != WorkerState::kDismissed) continue;
    if (MayRetire(turn.fleet(), worker)) Retire(turn, id);
  }
}

void Drain(Turn& turn, WorkerId id) {
  const bool late = turn.now() >= turn.At(id).deadline;
  turn.Enter(id, WorkerState::kDraining, late ? "handshake_timeout ran out" : "");
  turn.Do(DrainWorker{id});
}

void Kill(Turn& turn, WorkerId id) {
  for (const auto& [other, its] : turn.fleet().workers) {
    const bool leaves = its.state == WorkerState::kKilled && its.listening;
    if (!leaves || turn.fleet().stopping || turn.now() >= its.since + kKillsApart) continue;
    turn.At(id).deadline = its.since + kKillsApart;
    return;
  }
  turn.Enter(id, WorkerState::kKilled, "drain_timeout ran out");
  turn.Do(KillWorker{id});
}

void GiveUp(Turn& turn, WorkerId id) {
  turn.At(id).deadline = Instant::Never();
  turn.Do(GiveUpWorker{id});
}

void HaveItLeave(Turn& turn, WorkerId id) {
  turn.At(id).leave_by = Instant::Never();
  if (turn.At(id).listening) turn.Do(CloseListeners{id});
}

}  // namespace rollport::rollout
