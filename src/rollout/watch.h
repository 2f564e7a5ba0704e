// Whether the new workers of a roll, those that it has brought, still serve. While one of them is
// in doubt, the roll takes no further step; and it has succeeded only when they have been watched
// for Policy::watch.
#ifndef ROLLPORT_ROLLOUT_WATCH_H_
#define ROLLPORT_ROLLOUT_WATCH_H_

#include "rollout/turn.h"

namespace rollport::rollout {

// True if the last probe of a new worker that was healthy before is bad or overdue. False without a
// roll, and on the way back.
bool NewWorkerInDoubt(const Fleet& fleet);

// True if every new worker has been watched and has answered a probe that began after that. The
// watch begins with the first call.
// REQUIRES: there is a roll, and every slot is as it wants it.
bool NewWorkersAreProven(Turn& turn);

// Limits the wait for answers that hold the roll up: asks for them when the watch is over, and
// fails the roll if they have not come within healthy_deadline.
void AwaitAnswers(Turn& turn);

// When the plan has to look at the roll again.
Instant NextLook(const Fleet& fleet);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_WATCH_H_
