// Which slot gets a new worker, and when.
#ifndef ROLLPORT_ROLLOUT_LAUNCH_H_
#define ROLLPORT_ROLLOUT_LAUNCH_H_

#include "rollout/turn.h"

namespace rollport::rollout {

// Launches a worker for every slot that lacks one, or whose worker is to be replaced now: some in
// this step, and the rest in steps that follow at once.
void LaunchMissing(Turn& turn);

// False if the fleet has most_workers workers: another one is launched only when one has ended.
bool HasRoom(Turn& turn);

// Launches a worker. The caller assigns it, as the slot's `next` or as the roll's canary.
WorkerId Launch(Turn& turn, SlotId slot, GenerationId generation);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_LAUNCH_H_
