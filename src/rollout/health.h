// Whether a worker is healthy: what its probes, and the end of its time, say about it. Each
// function carries out the Reaction of its name.
// REQUIRES, of all: the worker is in the fleet.
#ifndef ROLLPORT_ROLLOUT_HEALTH_H_
#define ROLLPORT_ROLLOUT_HEALTH_H_

#include <string_view>

#include "absl/time/time.h"
#include "rollout/event.h"
#include "rollout/turn.h"

namespace rollport::rollout {

// Whether the probe shows no more than that a worker which serves well still does, while nobody
// waits for that.
bool IsRoutine(const Fleet& fleet, const WorkerProbed& probed);

// Notes what the last probe of a worker has shown, and when its last good one began. Of a worker
// that leaves, whether it hangs: after Policy::unhealthy_after silent probes in a row.
void NoteProbe(Turn& turn, const WorkerProbed& probed);

// A worker that is not healthy yet. It is healthy after Policy::healthy_after good probes in a row,
// of which the last began min_healthy_time or more after the first; a bad one begins the row again.
// If nobody is served, it is healthy without min_healthy_time.
void CountGood(Turn& turn, WorkerId id);
void CountBad(Turn& turn, WorkerId id, std::string_view detail);
// Probes it at once if nothing but min_healthy_time was missing, and that has passed. Fails it if
// its state's time is up.
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
