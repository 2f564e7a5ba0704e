#include "rollout/retirement.h"

namespace rollport::rollout {

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

void RetireDismissed(Turn& turn) {
  for (const auto& [id, worker] : turn.fleet().workers) {
    if (worker.state != WorkerState::kDismissed) continue;
    if (turn.fleet().AnyLeaving()) return;
    turn.Enter(id, WorkerState::kQuiescing);
  }
}

}  // namespace rollport::rollout
