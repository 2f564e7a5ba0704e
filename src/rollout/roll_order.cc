#include "rollout/roll_order.h"

#include "rollout/canary.h"

namespace rollport::rollout {
namespace {

// A slot counts until its predecessor has left: at the moment a listener leaves, connections may go
// to a worker that has just joined the group and is not proven yet.
int UnderWay(const Fleet& fleet) {
  int under_way = 0;
  for (size_t i = 0; i < fleet.slots.size(); ++i) {
    const bool picked = !fleet.slots[i].closed && fleet.slots[i].wanted == fleet.roll->to;
    if (picked && !fleet.Settled(SlotId(static_cast<int64_t>(i)))) ++under_way;
  }
  return under_way;
}

}  // namespace

void PickSlots(Turn& turn) {
  Fleet& fleet = turn.fleet();
  if (fleet.state() != FleetState::kRolling || CanaryAhead(fleet)) return;
  int under_way = UnderWay(fleet);
  for (Slot& slot : fleet.slots) {
    if (under_way >= turn.policy().surge) return;
    if (slot.closed || slot.wanted == fleet.roll->to || slot.next.has_value()) continue;
    slot.wanted = fleet.roll->to;
    slot.failures = 0;
    slot.launch_at = Instant();
    ++under_way;
    turn.set_changed(true);
  }
}

}  // namespace rollport::rollout
