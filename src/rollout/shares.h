// Which worker has which share of the new connections.
#ifndef ROLLPORT_ROLLOUT_SHARES_H_
#define ROLLPORT_ROLLOUT_SHARES_H_

#include "rollout/turn.h"

namespace rollport::rollout {

// Every slot has the same share. That of an unhealthy worker goes to the others, as long as one of
// them is healthy. A canary has exactly its step's share, and the slots share the rest.
void ShareOut(Turn& turn);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_SHARES_H_
