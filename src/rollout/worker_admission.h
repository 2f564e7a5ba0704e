// Which worker gets a share, and when.
#ifndef ROLLPORT_ROLLOUT_WORKER_ADMISSION_H_
#define ROLLPORT_ROLLOUT_WORKER_ADMISSION_H_

#include "rollout/turn.h"

namespace rollport::rollout {

// Gives every proven replacement its slot, if it may have it now. In the same turn the predecessor
// begins to leave, or, if it was unhealthy, waits for its turn to. (canary.h decides when a canary
// gets its first share.)
void AdmitHealthy(Turn& turn);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_WORKER_ADMISSION_H_
