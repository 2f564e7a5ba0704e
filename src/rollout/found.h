// What becomes of workers that were found: the controller that launched them has died, and they
// still run.
#ifndef ROLLPORT_ROLLOUT_FOUND_H_
#define ROLLPORT_ROLLOUT_FOUND_H_

#include "rollout/event.h"
#include "rollout/turn.h"

namespace rollport::rollout {

// A worker that served serves on. Every other one leaves like any worker that is not wanted. Then
// missing workers are launched, and a slot that serves another generation than the fleet's goes
// back to the fleet's.
// REQUIRES: as FleetFound says.
void TakeOver(Turn& turn, const FleetFound& found);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_FOUND_H_
