// The complete table of a worker's states: what each stimulus does in each state. Nowhere else does
// a worker's state decide what an event means.
#ifndef ROLLPORT_ROLLOUT_TRANSITIONS_H_
#define ROLLPORT_ROLLOUT_TRANSITIONS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "rollout/state.h"

namespace rollport::rollout {

enum class Stimulus : uint8_t {
  kBecameReady,
  kGoodProbe,
  kBadProbe,
  kQuiesced,
  kQueueChanged,  // its accept queue, while it quiesces
  kLeft,          // its listeners are out of every group
  kWorse,         // a canary whose figures are worse than the former generation's
  kDeadline,      // its state has run out of time
  kExited,
  kAskedForTime,
};
inline constexpr std::array kStimuli = {
    Stimulus::kBecameReady,  Stimulus::kGoodProbe,   Stimulus::kBadProbe, Stimulus::kQuiesced,
    Stimulus::kQueueChanged, Stimulus::kLeft,        Stimulus::kWorse,    Stimulus::kDeadline,
    Stimulus::kExited,       Stimulus::kAskedForTime};
std::string_view Name(Stimulus stimulus);

enum class Reaction : uint8_t {
  kNothing,      // late or early news that changes nothing
  kStartProbes,  // -> ready
  kCountGood,    // -> healthy after enough good probes
  kCountBad,     // the row of good probes begins again; -> ready
  kRecover,      // an unhealthy worker is healthy again, after enough good probes
  kSuspect,      // serving -> unhealthy, after enough bad probes
  kCheckTime,    // -> healthy if only min_healthy_time was missing; else it has failed
  kAccuse,       // a canary has failed, after enough bad probes
  kEndStep,      // the canary's step is over; the next one begins unless the roll is paused
  kFail,         // a replacement has failed -> dismissed, and its slot or its roll is blamed
  kLeave,        // it left by itself while wanted -> draining, and its slot needs another worker
  kDrain,        // -> draining; or only its accept queue is waited for from now on
  kNoteQueue,    // -> draining, if only its accept queue was waited for, and that is empty
  kNoteLeft,     // its listeners are gone; the next worker may leave
  kExtend,       // its deadline moves, if it is earlier than what the worker asks for
  kKill,         // -> killed
  kGiveUp,       // it was killed and has not ended; the fleet goes on without it
  kFailReaped,   // a wanted worker is gone
  kReap,         // an unwanted worker is gone, as it should be
};
std::string_view Name(Reaction reaction);

Reaction ReactionOf(WorkerState state, Stimulus stimulus);

// The table as Markdown, for ARCHITECTURE.md (a test compares the two).
std::string TransitionTable();

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_TRANSITIONS_H_
