// Events, actions and whole fleets as text: for logs, for failing tests, and for scenario files
// that are read as diffs. "WorkerProbed 3 good", "LaunchWorker 4 slot 1 generation 2".
#ifndef ROLLPORT_ROLLOUT_TRACE_H_
#define ROLLPORT_ROLLOUT_TRACE_H_

#include <string>

#include "rollout/action.h"
#include "rollout/event.h"
#include "rollout/state.h"

namespace rollport::rollout {

std::string ToString(const Event& event);
std::string ToString(const Action& action);
// One line a slot and a worker; times are relative to `now`.
std::string ToString(const Fleet& fleet, Instant now);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_TRACE_H_
