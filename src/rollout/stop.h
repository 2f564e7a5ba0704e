// How the fleet stops.
#ifndef ROLLPORT_ROLLOUT_STOP_H_
#define ROLLPORT_ROLLOUT_STOP_H_

#include "rollout/turn.h"

namespace rollport::rollout {

// Tells every worker to stop, all at once: no worker is left to steer to, so there is nothing to
// wait for. A roll under way is aborted.
void BeginStop(Turn& turn);

// Kills every worker that drains. Refused unless the fleet is stopping.
void ForceStop(Turn& turn);

// Notes that the fleet has stopped, if every worker is gone.
// REQUIRES: the fleet is stopping.
void NoteStopped(Turn& turn);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_STOP_H_
