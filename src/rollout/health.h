// Whether a worker is healthy: what its probes, and the end of its time, say about it. Each
// function carries out the Reaction of its name.
// REQUIRES, of all: the worker is in the fleet.
#ifndef ROLLPORT_ROLLOUT_HEALTH_H_
#define ROLLPORT_ROLLOUT_HEALTH_H_

#include <string_view>

#include "absl/time/time.h"
#include "rollout/turn.h"

namespace rollport::rollout {

// A worker that is not healthy yet. It is healthy after Policy::healthy_after good probes in a row
// and min_healthy_time, whichever is later; a bad one begins the row again.
void CountGood(Turn& turn, WorkerId id);
void CountBad(Turn& turn, WorkerId id, std::string_view detail);
// Its state's time is up: it is healthy if it lacked nothing but min_healthy_time, else it fails.
void CheckTime(Turn& turn, WorkerId id);
// It fails because it is late: `what`, and the evidence, if there is any.
void FailLate(Turn& turn, WorkerId id, std::string_view what);

// An admitted worker. It is unhealthy after Policy::unhealthy_after bad probes in a row, and
// healthy again after healthy_after good ones. An unhealthy canary fails.
void Recover(Turn& turn, WorkerId id);
void Suspect(Turn& turn, WorkerId id, std::string_view detail);
void Accuse(Turn& turn, WorkerId id, std::string_view detail);

// It may take `time` from now to become healthy, or to drain, if that is later than its deadline.
void Extend(Turn& turn, WorkerId id, absl::Duration time);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_HEALTH_H_
