// When a roll goes back, and how.
#ifndef ROLLPORT_ROLLOUT_REVERT_H_
#define ROLLPORT_ROLLOUT_REVERT_H_

#include <string>

#include "rollout/turn.h"

namespace rollport::rollout {

// A worker has failed, if there is a roll: a failure of the roll's own worker reverts the roll, or
// pauses it for a person to decide (Policy::auto_revert is false). `worker` is as it was when it
// failed.
void BlameRoll(Turn& turn, WorkerId id, const Worker& worker, const std::string& reason);

// The roll reverts, or pauses for a person to decide, because of this slot.
// REQUIRES: there is a roll.
void FailRoll(Turn& turn, SlotId slot, const std::string& reason);

// Every slot that the roll concerns wants the former generation again; the roll will end with
// `outcome`.
// REQUIRES: there is a roll.
void GoBack(Turn& turn, Outcome outcome, const std::string& reason);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_REVERT_H_
