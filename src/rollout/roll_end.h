// When a roll has ended.
#ifndef ROLLPORT_ROLLOUT_ROLL_END_H_
#define ROLLPORT_ROLLOUT_ROLL_END_H_

#include "rollout/turn.h"

namespace rollport::rollout {

// Ends the roll if every slot is as the roll wants it, or as it was before if the roll goes back.
// The number of slots changes last, when the generation has proven itself.
void EndRoll(Turn& turn);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_ROLL_END_H_
