#include "rollout/admission.h"

#include "rollout/retirement.h"

namespace rollport::rollout {
namespace {

bool MayAdmit(const Fleet& fleet, const Slot& slot) {
  if (!slot.next.has_value()) return false;
  const Worker& next = fleet.workers.at(*slot.next);
  if (!AwaitsAdmission(next.state)) return false;
  // A slot without a worker takes what it gets, even in a pause.
  if (!slot.serving.has_value()) return true;
  const bool held =
      fleet.roll.has_value() && fleet.roll->paused && next.generation == fleet.roll->to;
  return !held && MayRetire(fleet);
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
    if (predecessor.has_value()) Retire(turn, *predecessor);
  }
}

}  // namespace rollport::rollout
