// Which slots are replaced now: the order of a roll.
#ifndef ROLLPORT_ROLLOUT_ROLL_ORDER_H_
#define ROLLPORT_ROLLOUT_ROLL_ORDER_H_

#include "rollout/turn.h"

namespace rollport::rollout {

// Lets a roll go on: the lowest slots that still want the former generation now want the new one,
// as many at once as Policy::surge says.
void PickSlots(Turn& turn);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_ROLL_ORDER_H_
