#include "rollout/roll_order.h"

#include <vector>

#include "rollout/canary.h"
#include "rollout/retirement.h"
#include "rollout/watch.h"

namespace rollport::rollout {
namespace {

// A slot counts until its predecessor has left: at the moment a listener leaves, connections may go
// to a worker that has just joined the group and is not proven yet.
int UnderWay(const Fleet& fleet) {
  const std::vector<bool> settled = fleet.Settled();
  int under_way = 0;
  for (size_t i = 0; i < fleet.slots.size(); ++i) {
    const bool picked = !fleet.slots[i].closed && fleet.slots[i].wanted == fleet.roll->to;
    if (picked && !settled[i]) ++under_way;
  }
  return under_way;
}

}  // namespace

void PickSlots(Turn& turn) {
  Fleet& fleet = turn.fleet();
  if (fleet.state() != FleetState::kRolling || CanaryAhead(fleet)) return;
  if (NewWorkerInDoubt(fleet)) return;
  // If nobody is served, there is nothing to be careful with.
  const bool all = fleet.NobodyIsServed();
  int under_way = UnderWay(fleet);
  for (Slot& slot : fleet.slots) {
    if (under_way >= turn.policy().surge && !all) return;
    if (slot.closed || slot.wanted == fleet.roll->to) continue;
    if (slot.next.has_value()) {
      // A repair by a worker that would be replaced next. If it is proven already, it comes first.
      if (AwaitsAdmission(turn.At(*slot.next).state)) continue;
      Dismiss(turn, *slot.next, "another generation is wanted");
    }
    slot.wanted = fleet.roll->to;
    slot.failures = 0;
    slot.launch_at = Instant();
    ++under_way;
    turn.set_changed(true);
  }
}

}  // namespace rollport::rollout
