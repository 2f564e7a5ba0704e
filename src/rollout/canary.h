// The canary: a worker of the new generation that runs beside slot 0's own worker. Its share of all
// new connections grows in steps before the roll goes on. It costs no capacity: until its last step
// is over, every slot keeps its worker.
#ifndef ROLLPORT_ROLLOUT_CANARY_H_
#define ROLLPORT_ROLLOUT_CANARY_H_

#include "rollout/turn.h"

namespace rollport::rollout {

// True while the roll has steps of a canary before it, or one in force.
bool CanaryAhead(const Fleet& fleet);

// Launches the roll's canary, begins its next step, or ends it, whatever is due.
void RunCanary(Turn& turn);

// The time of the canary's step is up. The next step begins when the roll is not paused.
void EndStep(Turn& turn, WorkerId canary);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_CANARY_H_
