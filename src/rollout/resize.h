// How the number of slots changes: they are opened and closed at the end.
#ifndef ROLLPORT_ROLLOUT_RESIZE_H_
#define ROLLPORT_ROLLOUT_RESIZE_H_

#include "rollout/turn.h"

namespace rollport::rollout {

// Opens or closes slots. New ones want the generation that the fleet is going to run; the workers
// of closed ones are dismissed.
// REQUIRES: workers >= 1.
void Resize(Turn& turn, int workers);

// True if no worker of a closed slot listens any more; a long drain may still go on.
bool ClosedSlotsAreEmpty(const Fleet& fleet);

// Closed slots whose last worker is gone are forgotten.
void ForgetClosed(Fleet& fleet);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_RESIZE_H_
