// What may happen to a plan. Past tense: it has happened, and cannot be refused. Requests are the
// exception: a plan answers one that it cannot follow with the action Refuse.
#ifndef ROLLPORT_ROLLOUT_EVENT_H_
#define ROLLPORT_ROLLOUT_EVENT_H_

#include <string>
#include <variant>

#include "absl/time/time.h"
#include "base/strong_int.h"

namespace rollport::rollout {

struct TimePassed {};
// The worker says, or shows by its listener, that it can serve.
struct WorkerBecameReady {
  WorkerId worker;
};
// One addressed probe of this worker through every address of the fleet.
struct WorkerProbed {
  WorkerId worker;
  bool good = false;
  std::string detail;
};
// The process is gone, and was reaped. An execution that failed is an exit too.
struct WorkerExited {
  WorkerId worker;
  std::string how;
};
// Nothing is on its way to the worker any more.
struct WorkerQuiesced {
  WorkerId worker;
};
// None of the worker's listeners is in a group any more.
struct ListenersLeft {
  WorkerId worker;
};

// The worker needs so long, counted from now, to become ready and healthy, or to drain.
struct WorkerAskedForTime {
  WorkerId worker;
  absl::Duration time;
};

struct RollRequested {
  GenerationId generation;
};
struct PauseRequested {};
struct ResumeRequested {};
struct AbortRequested {};
struct StopRequested {};

using Event = std::variant<TimePassed, WorkerBecameReady, WorkerProbed, WorkerExited,
                           WorkerQuiesced, ListenersLeft, WorkerAskedForTime, RollRequested,
                           PauseRequested, ResumeRequested, AbortRequested, StopRequested>;

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_EVENT_H_
