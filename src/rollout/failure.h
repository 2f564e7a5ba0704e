// What a failure costs: the worker, perhaps a delay of its slot's next launch, perhaps the roll,
// and the whole start if no worker has ever been healthy.
#ifndef ROLLPORT_ROLLOUT_FAILURE_H_
#define ROLLPORT_ROLLOUT_FAILURE_H_

#include <string>
#include <string_view>

#include "rollout/turn.h"

namespace rollport::rollout {

// These three take a failed worker out of its slot, and blame it. `reason` is for people.
// REQUIRES: the worker is in the fleet.
//
// It still runs, and is retired in its turn.
void Fail(Turn& turn, WorkerId id, std::string_view reason);
// It has ended.
void FailReaped(Turn& turn, WorkerId id, std::string_view reason);
// It has closed its listeners: something else told it to stop, or it stops by itself.
void Leave(Turn& turn, WorkerId id, std::string_view reason);

// "slot 0, generation 2: exited with status 1"
std::string Blaming(const Worker& worker, std::string_view reason);

// Counts the failure against the worker's slot, and against the roll or the start of the fleet if
// the worker belongs to that. `worker` is as it was when it failed; it may be gone by now.
void Blame(Turn& turn, WorkerId id, const Worker& worker, std::string_view reason);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_FAILURE_H_
