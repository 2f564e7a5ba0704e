// What may happen to a plan. An event is in the past tense: it has happened, and cannot be refused.
// Requests are the exception: the plan answers a request that it cannot follow with the action
// Refuse.
#ifndef ROLLPORT_ROLLOUT_EVENT_H_
#define ROLLPORT_ROLLOUT_EVENT_H_

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "base/instant.h"
#include "base/strong_int.h"
#include "rollout/state.h"

namespace rollport::rollout {

struct TimePassed {};
// The worker says that it can serve, or shows it by its listener.
struct WorkerBecameReady {
  WorkerId worker;
};
// What is known of one addressed probe of this worker through every address of the fleet. kOverdue
// is followed by another result of the same probe.
struct WorkerProbed {
  WorkerId worker;
  ProbeResult result = ProbeResult::kBad;  // not kNone
  std::string detail;                      // why it is not good
  absl::Duration age;                      // how long ago the probe began
};
// The process has ended and was reaped. A failed execve is an exit too.
struct WorkerExited {
  WorkerId worker;
  std::string how;
};
// Nothing is on its way to the worker any more.
struct WorkerQuiesced {
  WorkerId worker;
};
// The number of connections that wait in the accept queues of a quiescing worker has changed; it is
// 0 at first. Not told of a worker that accepts them before it closes its listeners.
struct AcceptQueueChanged {
  WorkerId worker;
  int waiting = 0;
};
// None of the worker's listeners is in a group any more.
struct ListenersLeft {
  WorkerId worker;
};

// The worker needs this long, counted from now, to become ready and healthy, or to drain.
struct WorkerAskedForTime {
  WorkerId worker;
  absl::Duration time;
};

// The canary's figures are worse than the former generation's.
struct CanaryFoundWorse {
  WorkerId worker;
  std::string figures;
};

// A worker that outlived the controller which launched it.
struct FoundWorker {
  WorkerId worker;
  SlotId slot;
  GenerationId generation;
  WorkerState state = WorkerState::kServing;  // as that controller left it
  Instant deadline = Instant::Never();        // when its state runs out of time
  bool listening = true;                      // it is in a group
};
// A roll that was under way. It goes back.
struct FoundRoll {
  GenerationId to;
  Outcome outcome = Outcome::kReverted;  // that it will end with
  std::string reason;                    // why it goes back
};
// The fleet was there before its plan. REQUIRES: this is the first event; every worker has a number
// of its own, above 0.
struct FleetFound {
  std::vector<FoundWorker> workers;
  std::optional<FoundRoll> roll;
};

// To another generation, which may be an earlier one.
struct RollRequested {
  GenerationId generation;
  std::vector<CanaryStep> canary;
  // The number of workers when the roll has ended; nullopt: as many as now.
  std::optional<int> workers;
};
struct ScaleRequested {
  int workers = 1;  // 1 or more
};
struct RestartRequested {
  SlotId slot;
};
struct PauseRequested {};
struct ResumeRequested {};
struct AbortRequested {};
struct StopRequested {};
// Nobody waits any longer for the workers of a fleet that stops.
struct ForceRequested {};

using Event =
    std::variant<TimePassed, FleetFound, WorkerBecameReady, WorkerProbed, WorkerExited,
                 WorkerQuiesced, AcceptQueueChanged, ListenersLeft, WorkerAskedForTime,
                 CanaryFoundWorse, RollRequested, ScaleRequested, RestartRequested, PauseRequested,
                 ResumeRequested, AbortRequested, StopRequested, ForceRequested>;

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_EVENT_H_
