// Which worker leaves, and when: unwanted workers leave one after the other.
#ifndef ROLLPORT_ROLLOUT_RETIREMENT_H_
#define ROLLPORT_ROLLOUT_RETIREMENT_H_

#include <string_view>

#include "rollout/turn.h"

namespace rollport::rollout {

// The worker is its slot's no longer, nor the roll's canary. A canary that is tried again begins
// with its first step.
// REQUIRES, of both: the worker is in the fleet.
void Unassign(Turn& turn, WorkerId id);
// Unassigns it, and makes it wait for its turn to be retired. `reason` is for people.
// `failed`: it is a failure of the worker.
void Dismiss(Turn& turn, WorkerId id, std::string_view reason, bool failed = false);

// Begins to retire a dismissed worker, if no other one is leaving.
void RetireDismissed(Turn& turn);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_RETIREMENT_H_
