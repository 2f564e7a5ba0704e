// What people may ask for. A request that cannot be followed is answered by Refuse, and changes
// nothing. What depends on more than the plan is checked before, in
// controller/requested_changes.h.
#ifndef ROLLPORT_ROLLOUT_REQUESTS_H_
#define ROLLPORT_ROLLOUT_REQUESTS_H_

#include "rollout/event.h"
#include "rollout/turn.h"

namespace rollport::rollout {

// The three kinds of change. Only one is under way at a time.
void RequestRoll(Turn& turn, const RollRequested& request);
void RequestScale(Turn& turn, int workers);
void RequestRestart(Turn& turn, SlotId slot);

// What may be asked of the change under way. Only a roll to another generation can be paused.
void RequestPause(Turn& turn);
void RequestResume(Turn& turn);
void RequestAbort(Turn& turn);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_REQUESTS_H_
