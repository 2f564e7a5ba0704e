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
// `failed`: it is a failure of the worker.
void Dismiss(Turn& turn, WorkerId id, std::string_view reason, bool failed = false);

// Listeners leave one after the other: at the moment when one leaves, the kernel's hash places some
// connections, and these must not meet a quiesced neighbour. So a worker may begin to leave if no
// other one is leaving (from QuiesceWorker until ListenersLeft). Two kinds do not count, and need
// not wait, because it is known when their listeners leave: those of hung workers when these are
// killed, and those of a worker that has never had a share when it is told to stop.
bool MayRetire(const Fleet& fleet, const Worker& worker);
// Whether a worker that is not wanted any more is still to be probed, to see whether it hangs: one
// that may hold others up, until it is told to stop. What waits in its accept queue then is lost,
// so no probe is left there without need.
bool IsProbedWhileLeaving(const Fleet& fleet, const Worker& worker);
// Begins with the quiescing. REQUIRES: MayRetire.
void Retire(Turn& turn, WorkerId id);
// Retires the dismissed workers that may be retired.
void RetireDismissed(Turn& turn);

// How long a worker that was told to stop, or was killed, may be expected to leave its groups at
// any moment. A live one does it whenever it has got so far; a hung or killed one soon or never.
absl::Duration LeavesWithin(const Worker& worker);

// Tells a quiescing worker to stop: nothing is on its way to it any more, or its time is over. That
// is handshake_timeout; but if connections wait in its accept queue then, it gets drain_timeout
// more to accept them, unless it is hung. A moment later, if another worker was told just now and
// has its listeners still. The listeners of a worker that has never had a share are closed for it.
void Drain(Turn& turn, WorkerId id);
// Notes how many connections wait in the accept queues of a quiescing worker.
void NoteQueue(Turn& turn, WorkerId id, int waiting);
// Kills a draining worker, because drain_timeout has run out; or a moment later, if a worker that
// was killed just now has its listeners still.
void Kill(Turn& turn, WorkerId id);
// A killed worker has not ended: nothing is to wait for it any longer.
void GiveUp(Turn& turn, WorkerId id);
// A draining worker that has asked for more time still listens at its drain_timeout: while it does,
// no other one may leave.
void HaveItLeave(Turn& turn, WorkerId id);
// A worker that was told to stop listens still, or one that quiesces has not accepted what is in
// its queue: perhaps it hangs. Probes it.
void LookWhetherItHangs(Turn& turn, WorkerId id);
// The same a little later, if there is reason to then.
void LookAgainLater(Turn& turn, Worker& worker);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_RETIREMENT_H_
