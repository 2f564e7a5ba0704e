// What may happen to a plan. Past tense: it has happened, and cannot be refused. Requests are the
// exception: a plan answers one that it cannot follow with the action Refuse.
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

// The controller compared the canary's figures with the former generation's, and they are worse.
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
  Instant deadline = Instant::Never();        // when its state runs out
  bool listening = true;                      // it is in a group
};
// The fleet was there before its plan. REQUIRES: nothing else has happened; every worker has a
// number of its own, above 0.
struct FleetFound {
  std::vector<FoundWorker> workers;
};

// To another generation; an earlier one too.
struct RollRequested {
  GenerationId generation;
  std::vector<CanaryStep> canary;
  // How many workers there shall be when it has ended; nullopt: as many as now.
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

using Event = std::variant<TimePassed, FleetFound, WorkerBecameReady, WorkerProbed, WorkerExited,
                           WorkerQuiesced, ListenersLeft, WorkerAskedForTime, CanaryFoundWorse,
                           RollRequested, ScaleRequested, RestartRequested, PauseRequested,
                           ResumeRequested, AbortRequested, StopRequested>;

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_EVENT_H_
