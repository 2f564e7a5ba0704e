// Which worker leaves, and when. A worker that is not wanted any more is made dark, quiesced, told
// to stop, and killed if its time runs out. Workers begin this one after the other.
#ifndef ROLLPORT_ROLLOUT_RETIREMENT_H_
#define ROLLPORT_ROLLOUT_RETIREMENT_H_

#include <string_view>

#include "rollout/turn.h"

namespace rollport::rollout {

// The worker is its slot's no longer, nor the roll's canary. A canary that is tried again begins
// with its first step.
// REQUIRES, of every function with an id: the worker is in the fleet.
void Unassign(Turn& turn, WorkerId id);
// Unassigns it, and makes it wait for its turn to be retired. `reason` is for people.
void Dismiss(Turn& turn, WorkerId id, std::string_view reason);

// False while another worker is leaving.
bool MayRetire(const Fleet& fleet);
// Begins with the quiescing. REQUIRES: MayRetire.
void Retire(Turn& turn, WorkerId id);
// Retires a dismissed worker, if it may.
void RetireDismissed(Turn& turn);

// Tells a quiescing worker to stop: nothing is on its way to it any more, or handshake_timeout has
// run out.
void Drain(Turn& turn, WorkerId id);
// Kills a draining worker, because drain_timeout has run out.
void Kill(Turn& turn, WorkerId id);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_RETIREMENT_H_
