#include "rollout/stop.h"

namespace rollport::rollout {
namespace {

void AbandonRoll(Turn& turn) {
  std::optional<Roll>& roll = turn.fleet().roll;
  if (!roll.has_value()) return;
  turn.Do(RollEnded{roll->kind, roll->from, roll->to, Outcome::kAborted, "the fleet was stopped"});
  roll.reset();
}

}  // namespace

void BeginStop(Turn& turn) {
  Fleet& fleet = turn.fleet();
  if (fleet.stopping) return;
  fleet.stopping = true;
  turn.set_changed(true);
  AbandonRoll(turn);
  for (Slot& slot : fleet.slots) {
    slot.serving.reset();
    slot.next.reset();
    slot.launch_at = Instant();
    slot.renew = false;
  }
  for (const auto& [id, worker] : fleet.workers) {
    if (IsStopping(worker.state)) continue;
    turn.Enter(id, WorkerState::kDraining, "the fleet stops");
    turn.Do(DrainWorker{id});
  }
}

void ForceStop(Turn& turn) {
  Fleet& fleet = turn.fleet();
  if (!fleet.stopping) return turn.Do(Refuse{"the fleet is not stopping"});
  for (const auto& [id, worker] : fleet.workers) {
    if (worker.state != WorkerState::kDraining) continue;
    turn.Enter(id, WorkerState::kKilled, "the stop was forced");
    turn.Do(KillWorker{id});
  }
}

void NoteStopped(Turn& turn) {
  Fleet& fleet = turn.fleet();
  if (!fleet.workers.empty() || fleet.stopped) return;
  fleet.stopped = true;
  turn.Do(FleetStopped{});
}

}  // namespace rollport::rollout
