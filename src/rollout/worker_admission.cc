#include "rollout/worker_admission.h"

#include "rollout/retirement.h"
#include "rollout/watch.h"

namespace rollport::rollout {
namespace {

bool MayAdmit(const Fleet& fleet, const Slot& slot) {
  if (!slot.next.has_value()) return false;
  const Worker& next = fleet.workers.at(*slot.next);
  if (!AwaitsAdmission(next.state) || IsInDoubt(next)) return false;
  // A slot that no healthy worker serves takes what it gets, even in a pause.
  if (!slot.serving.has_value()) return true;
  const Worker& serving = fleet.workers.at(*slot.serving);
  if (serving.unhealthy) return true;
  const bool held = fleet.roll.has_value() && next.generation == fleet.roll->to &&
                    (fleet.roll->paused || NewWorkerInDoubt(fleet));
  return !held && MayRetire(fleet, serving);
}

}  // namespace

void AdmitHealthy(Turn& turn) {
  for (Slot& slot : turn.fleet().slots) {
    if (!MayAdmit(turn.fleet(), slot)) continue;
    const std::optional<WorkerId> predecessor = slot.serving;
    slot.serving = slot.next;
    slot.next.reset();
    slot.renew = false;
    turn.Enter(*slot.serving, WorkerState::kServing);
    if (!predecessor.has_value()) continue;
    if (MayRetire(turn.fleet(), turn.At(*predecessor))) {
      Retire(turn, *predecessor);
    } else {
      turn.Enter(*predecessor, WorkerState::kDismissed, "its replacement serves");
    }
  }
}

}  // namespace rollport::rollout
