// What a plan wants done. The shell carries out the actions of one step in their order: shares are
// swapped before the quiescing of a worker that has lost its share begins.
#ifndef ROLLPORT_ROLLOUT_ACTION_H_
#define ROLLPORT_ROLLOUT_ACTION_H_

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/strong_int.h"
#include "rollout/state.h"

namespace rollport::rollout {

// Start a process. Answered by WorkerBecameReady or WorkerExited.
struct LaunchWorker {
  WorkerId worker;
  SlotId slot;
  GenerationId generation;
};
// Probe the worker at once, then at every interval until it is dismissed, or its listeners have
// left. Each probe is answered by WorkerProbed.
struct ProbeWorker {
  WorkerId worker;
};
// One swap of the program: these workers have these weights, every other one is dark.
struct ApplyShares {
  Weights weights;
};
// Note what is on its way to the worker, and wait until it has arrived or is gone. Answered by
// WorkerQuiesced.
struct QuiesceWorker {
  WorkerId worker;
};
// Send the stop signal, after a swap to a program under which nothing is lost when the worker's
// listeners leave (steering/departure.h). Answered by ListenersLeft, then WorkerExited.
struct DrainWorker {
  WorkerId worker;
};
// Send SIGKILL to every process that is left of the worker, after such a swap. Answered by
// WorkerExited.
struct KillWorker {
  WorkerId worker;
};

// Take the worker's listeners out of their groups, whatever it does. Answered by ListenersLeft.
struct CloseListeners {
  WorkerId worker;
};
// SIGKILL has not ended the worker: it sleeps uninterruptibly. If its processes really run still,
// go on without it. Answered by WorkerExited.
struct GiveUpWorker {
  WorkerId worker;
};

// A worker has entered a state, or has become unhealthy or healthy again; for people and metrics.
struct NoteWorker {
  WorkerId worker;
  WorkerState state;
  std::string reason;   // empty if all goes as planned
  bool failed = false;  // the reason is a failure of the worker
};
// Every slot is served for the first time.
struct FleetStarted {};
// A launch failed before any worker was healthy; the fleet is being stopped.
struct StartFailed {
  std::string reason;
};
struct RollPaused {
  std::string reason;
};
struct RollReverting {
  std::string reason;
};
// From now on the canary has the share of this step.
struct CanaryStepBegan {
  WorkerId worker;
  size_t step = 0;  // of Roll::canary, from 0
};
struct RollEnded {
  RollKind kind = RollKind::kRoll;
  GenerationId from;
  GenerationId to;
  Outcome outcome;
  std::string reason;
};
// The request of this step cannot be followed; nothing has changed.
struct Refuse {
  std::string reason;
};
// Every worker is gone, after StopRequested or StartFailed.
struct FleetStopped {};

using Action =
    std::variant<LaunchWorker, ProbeWorker, ApplyShares, QuiesceWorker, DrainWorker, KillWorker,
                 CloseListeners, GiveUpWorker, NoteWorker, FleetStarted, StartFailed, RollPaused,
                 RollReverting, CanaryStepBegan, RollEnded, Refuse, FleetStopped>;
using Actions = std::vector<Action>;

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_ACTION_H_
