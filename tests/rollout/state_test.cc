#include "rollout/state.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::rollout {
namespace {

using testing::ElementsAre;

// The names of the states that are in this set, in the order of kWorkerStates.
std::vector<std::string> In(bool (*set)(WorkerState)) {
  std::vector<std::string> names;
  for (const WorkerState state : kWorkerStates) {
    if (set(state)) names.emplace_back(Name(state));
  }
  return names;
}

TEST(WorkerStateTest, EverySetHasTheStatesThatItsContractNames) {
  EXPECT_THAT(In(IsComing), ElementsAre("starting", "ready", "healthy", "canary"));
  EXPECT_THAT(In(AwaitsAdmission), ElementsAre("healthy", "canary"));
  EXPECT_THAT(In(IsAdmitted), ElementsAre("canary", "serving"));
  EXPECT_THAT(In(IsUnwanted), ElementsAre("dismissed", "quiescing", "draining", "killed"));
  EXPECT_THAT(In(IsStopping), ElementsAre("draining", "killed"));
  EXPECT_THAT(In(IsTimed), ElementsAre("starting", "ready", "quiescing", "draining"));
  EXPECT_THAT(In(IsPhase), ElementsAre("starting", "ready", "healthy", "canary", "dismissed",
                                       "quiescing", "draining", "killed"));
}

TEST(WorkerStateTest, AWorkerIsComingOrServesOrIsUnwanted) {
  for (const WorkerState state : kWorkerStates) {
    EXPECT_EQ(IsComing(state) + (state == WorkerState::kServing) + IsUnwanted(state), 1)
        << Name(state);
  }
}

TEST(WorkerStateTest, AWorkerLeavesFromItsQuiescingUntilItsListenersAreGone) {
  for (const WorkerState state : kWorkerStates) {
    const bool quiescing = state == WorkerState::kQuiescing;
    EXPECT_EQ(IsLeaving({.state = state, .listening = true}), quiescing || IsStopping(state));
    EXPECT_EQ(IsLeaving({.state = state, .listening = false}), quiescing);
  }
}

TEST(WorkerStateTest, EveryNameIsReadBackAndNoOther) {
  for (const WorkerState state : kWorkerStates) EXPECT_EQ(StateNamed(Name(state)), state);
  EXPECT_EQ(StateNamed("served"), std::nullopt);
  EXPECT_EQ(StateNamed("Serving"), std::nullopt);
  EXPECT_EQ(StateNamed(""), std::nullopt);
}

}  // namespace
}  // namespace rollport::rollout
