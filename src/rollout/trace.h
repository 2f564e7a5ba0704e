// Events, actions and whole fleets as text: for logs, for failing tests, and for the stories in
// tests/rollout/scenarios, which are reviewed as diffs.
#ifndef ROLLPORT_ROLLOUT_TRACE_H_
#define ROLLPORT_ROLLOUT_TRACE_H_

#include <string>

#include "rollout/action.h"
#include "rollout/event.h"
#include "rollout/state.h"

namespace rollport::rollout {

// "WorkerProbed 3 good"
std::string ToString(const Event& event);
// "LaunchWorker 4 slot 1 generation 2"
std::string ToString(const Action& action);
// A line for the fleet and one for each slot. "3 g2" is worker 3, of generation 2; "(left)" says
// that it is in no group any more. Times count from `zero`.
//   rolling: roll 1->2
//     slot 0 wants 2: 1 g1 quiescing until 3s; 3 g2 serving 50%
//     slot 1 wants 1: 2 g1 serving 50%
std::string ToString(const Fleet& fleet, Instant zero);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_TRACE_H_
