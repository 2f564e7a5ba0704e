#include "rollout/transitions.h"

#include "absl/strings/str_cat.h"
#include "base/strings.h"

namespace rollport::rollout {
namespace {

using R = Reaction;

// Rows in the order of kWorkerStates, columns in the order of kStimuli.
// clang-format off
constexpr R kTable[kWorkerStates.size()][kStimuli.size()] = {
  //               became ready     good probe     bad probe      quiesced     queue changed   left          worse        deadline       exited          asked for time
  /* starting  */ {R::kStartProbes, R::kNothing,   R::kNothing,   R::kNothing, R::kNothing,    R::kNothing,  R::kNothing, R::kFail,      R::kFailReaped, R::kExtend},
  /* ready     */ {R::kNothing,     R::kCountGood, R::kCountBad,  R::kNothing, R::kNothing,    R::kFail,     R::kNothing, R::kCheckTime, R::kFailReaped, R::kExtend},
  /* healthy   */ {R::kNothing,     R::kNothing,   R::kCountBad,  R::kNothing, R::kNothing,    R::kFail,     R::kNothing, R::kCheckTime, R::kFailReaped, R::kNothing},
  /* canary    */ {R::kNothing,     R::kRecover,   R::kAccuse,    R::kNothing, R::kNothing,    R::kFail,     R::kFail,    R::kEndStep,   R::kFailReaped, R::kNothing},
  /* serving   */ {R::kNothing,     R::kRecover,   R::kSuspect,   R::kNothing, R::kNothing,    R::kLeave,    R::kNothing, R::kNothing,   R::kFailReaped, R::kNothing},
  /* dismissed */ {R::kNothing,     R::kNothing,   R::kNothing,   R::kNothing, R::kNothing,    R::kNoteLeft, R::kNothing, R::kNothing,   R::kReap,       R::kNothing},
  /* quiescing */ {R::kNothing,     R::kNothing,   R::kNothing,   R::kDrain,   R::kNoteQueue,  R::kNoteLeft, R::kNothing, R::kDrain,     R::kReap,       R::kNothing},
  /* draining  */ {R::kNothing,     R::kNothing,   R::kNothing,   R::kNothing, R::kNothing,    R::kNoteLeft, R::kNothing, R::kKill,      R::kReap,       R::kExtend},
  /* killed    */ {R::kNothing,     R::kNothing,   R::kNothing,   R::kNothing, R::kNothing,    R::kNoteLeft, R::kNothing, R::kGiveUp,    R::kReap,       R::kNothing},
};
// clang-format on

}  // namespace

std::string_view Name(Stimulus stimulus) {
  switch (stimulus) {
    case Stimulus::kBecameReady:
      return "became ready";
    case Stimulus::kGoodProbe:
      return "good probe";
    case Stimulus::kBadProbe:
      return "bad probe";
    case Stimulus::kQuiesced:
      return "quiesced";
    case Stimulus::kQueueChanged:
      return "queue changed";
    case Stimulus::kLeft:
      return "left";
    case Stimulus::kWorse:
      return "worse";
    case Stimulus::kDeadline:
      return "deadline";
    case Stimulus::kExited:
      return "exited";
    case Stimulus::kAskedForTime:
      return "asked for time";
  }
  return "?";
}

std::string_view Name(Reaction reaction) {
  switch (reaction) {
    case Reaction::kNothing:
      return "-";
    case Reaction::kStartProbes:
      return "start probes";
    case Reaction::kCountGood:
      return "count good";
    case Reaction::kCountBad:
      return "count bad";
    case Reaction::kRecover:
      return "recover";
    case Reaction::kSuspect:
      return "suspect";
    case Reaction::kCheckTime:
      return "check time";
    case Reaction::kAccuse:
      return "accuse";
    case Reaction::kEndStep:
      return "end step";
    case Reaction::kFail:
      return "fail";
    case Reaction::kLeave:
      return "leave";
    case Reaction::kDrain:
      return "drain";
    case Reaction::kNoteQueue:
      return "note queue";
    case Reaction::kNoteLeft:
      return "note left";
    case Reaction::kExtend:
      return "extend";
    case Reaction::kKill:
      return "kill";
    case Reaction::kGiveUp:
      return "give up";
    case Reaction::kFailReaped:
      return "fail, reaped";
    case Reaction::kReap:
      return "reap";
  }
  return "?";
}

Reaction ReactionOf(WorkerState state, Stimulus stimulus) {
  return kTable[static_cast<size_t>(state)][static_cast<size_t>(stimulus)];
}

std::string TransitionTable() {
  std::string out = "| state |";
  for (const Stimulus s : kStimuli) absl::StrAppend(&out, " ", ToAbsl(Name(s)), " |");
  absl::StrAppend(&out, "\n|---|");
  for (size_t i = 0; i < kStimuli.size(); ++i) absl::StrAppend(&out, "---|");
  for (const WorkerState state : kWorkerStates) {
    absl::StrAppend(&out, "\n| ", ToAbsl(Name(state)), " |");
    for (const Stimulus s : kStimuli) {
      absl::StrAppend(&out, " ", ToAbsl(Name(ReactionOf(state, s))), " |");
    }
  }
  absl::StrAppend(&out, "\n");
  return out;
}

}  // namespace rollport::rollout
