// A plan whose fleet was there before it: an earlier controller has left it.
#include "gmock/gmock.h"
#include "rollout/plan.h"
#include "tests/rollout/scenario.h"

namespace rollport::rollout {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FoundWorker Found(int64_t worker, int64_t slot, int64_t generation, WorkerState state) {
  return {.worker = WorkerId(worker),
          .slot = SlotId(slot),
          .generation = GenerationId(generation),
          .state = state};
}

TEST(FoundTest, AServingWorkerServesOnWithItsShareAndIsProbed) {
  Scenario s(SmallPolicy(2));
  EXPECT_THAT(s.Do(FleetFound{
                  {Found(1, 0, 1, WorkerState::kServing), Found(2, 1, 1, WorkerState::kServing)}}),
              ElementsAre("ProbeWorker 1", "ProbeWorker 2", "FleetStarted", "ApplyShares 1:1 2:1"));
  EXPECT_EQ(s.plan.view().state(), FleetState::kSteady);
  EXPECT_THAT(s.Do(RollRequested{GenerationId(2)}),
              ElementsAre("LaunchWorker 3 slot 0 generation 2"));
}

TEST(FoundTest, AnEmptySlotGetsAWorkerAndAFailureThereDoesNotStopTheOthers) {
  Scenario s(SmallPolicy(2));
  EXPECT_THAT(
      s.Do(FleetFound{{Found(4, 1, 1, WorkerState::kServing)}}),
      ElementsAre("ProbeWorker 4", "LaunchWorker 5 slot 0 generation 1", "ApplyShares 4:1"));
  EXPECT_EQ(s.plan.view().state(), FleetState::kStarting);
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(5), "exited with status 1"}),
              ElementsAre("LaunchWorker 6 slot 0 generation 1", "FleetStarted"));
}

TEST(FoundTest, ARollThatWasUnderWayGoesBack) {
  Scenario s(SmallPolicy(2));
  // Slot 0 has been replaced, its predecessor was leaving, and slot 1's replacement started.
  EXPECT_THAT(s.Do(FleetFound{
                  {Found(1, 0, 1, WorkerState::kQuiescing), Found(2, 1, 1, WorkerState::kServing),
                   Found(3, 0, 2, WorkerState::kServing), Found(4, 1, 2, WorkerState::kStarting)},
                  FoundRoll{GenerationId(2)}}),
              ElementsAre("ProbeWorker 1", "ProbeWorker 2", "ProbeWorker 3", "FleetStarted",
                          "ApplyShares 2:1 3:1", "QuiesceWorker 1", "QuiesceWorker 4"));
  EXPECT_EQ(s.plan.view().state(), FleetState::kReverting);
  EXPECT_THAT(s.Do(RollRequested{GenerationId(3)}), ElementsAre(HasSubstr("is under way")));
  s.Retire(4);
  EXPECT_THAT(s.Retire(1), Contains("LaunchWorker 5 slot 0 generation 1"));
  EXPECT_THAT(s.BecomeHealthy(5), ElementsAre("ApplyShares 2:1 5:1", "QuiesceWorker 3"));
  EXPECT_THAT(s.Retire(3), Contains(HasSubstr("reverted")));
  EXPECT_EQ(s.plan.view().ServedBy(GenerationId(1)), 2);
  EXPECT_EQ(s.plan.view().state(), FleetState::kSteady);
}

TEST(FoundTest, ARollThatHadReplacedNothingHasGoneBackAtOnce) {
  Scenario s(SmallPolicy(1));
  EXPECT_THAT(s.Do(FleetFound{{Found(1, 0, 1, WorkerState::kServing)}, FoundRoll{GenerationId(2)}}),
              Contains(HasSubstr("reverted")));
  EXPECT_EQ(s.plan.view().state(), FleetState::kSteady);
}

TEST(FoundTest, IfASlotCannotGoBackTheRollHasFailed) {
  Scenario s(SmallPolicy(1));
  EXPECT_THAT(s.Do(FleetFound{{Found(1, 0, 2, WorkerState::kServing)}, FoundRoll{GenerationId(2)}}),
              Contains("LaunchWorker 2 slot 0 generation 1"));
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(2), "exited with status 1"}),
              Contains(HasSubstr("failed")));
  EXPECT_EQ(s.plan.view().ServedBy(GenerationId(2)), 1);
}

TEST(FoundTest, ACanaryLosesItsShareAndIsRetired) {
  Scenario s(SmallPolicy(1));
  EXPECT_THAT(s.Do(FleetFound{
                  {Found(1, 0, 1, WorkerState::kServing), Found(2, 0, 2, WorkerState::kCanary)}}),
              ElementsAre("ProbeWorker 1", "ProbeWorker 2", "FleetStarted", "ApplyShares 1:1",
                          "QuiesceWorker 2"));
}

TEST(FoundTest, ADrainingWorkerHasTheRestOfItsTimeAndIsNotSignalledAgain) {
  Scenario s(SmallPolicy(1));
  FoundWorker draining = Found(1, 0, 1, WorkerState::kDraining);
  draining.listening = false;
  draining.deadline = s.now + absl::Milliseconds(1500);
  EXPECT_THAT(s.Do(FleetFound{{draining, Found(2, 0, 1, WorkerState::kServing)}}),
              ElementsAre("ProbeWorker 2", "FleetStarted", "ApplyShares 2:1"));
  EXPECT_THAT(s.Pass(absl::Milliseconds(1499)), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Milliseconds(1)), ElementsAre("KillWorker 1"));
}

TEST(FoundTest, AWorkerWhoseDrainRanOutMeanwhileIsKilledAtOnce) {
  Scenario s(SmallPolicy(1));
  s.now = s.now + absl::Minutes(1);
  FoundWorker draining = Found(1, 0, 1, WorkerState::kDraining);
  FoundWorker killed = Found(2, 0, 1, WorkerState::kKilled);
  draining.deadline = Instant::FromNanos(s.now.nanos() - 1);
  draining.listening = killed.listening = false;
  EXPECT_THAT(s.Do(FleetFound{{draining, killed, Found(3, 0, 1, WorkerState::kServing)}}),
              ElementsAre("ProbeWorker 3", "KillWorker 1", "KillWorker 2", "FleetStarted",
                          "ApplyShares 3:1"));
}

TEST(FoundTest, ADrainingWorkerThatStillListensIsQuiescedAndToldAgain) {
  Scenario s(SmallPolicy(1));
  EXPECT_THAT(s.Do(FleetFound{
                  {Found(1, 0, 1, WorkerState::kDraining), Found(2, 0, 1, WorkerState::kServing)}}),
              ElementsAre("ProbeWorker 1", "ProbeWorker 2", "FleetStarted", "ApplyShares 2:1",
                          "QuiesceWorker 1"));
  EXPECT_THAT(s.Do(WorkerQuiesced{WorkerId(1)}), ElementsAre("DrainWorker 1"));
}

TEST(FoundTest, OneThatHasPerhapsServedHoldsOthersUpUntilItIsKnownToHang) {
  Policy policy = SmallPolicy(2);
  policy.unhealthy_after = 2;
  Scenario s(policy);
  s.Do(FleetFound{{Found(1, 0, 1, WorkerState::kServing), Found(2, 1, 1, WorkerState::kServing),
                   Found(3, 0, 2, WorkerState::kQuiescing), Found(4, 1, 2, WorkerState::kDraining),
                   Found(5, 1, 2, WorkerState::kReady)}});
  const auto state = [&s](int64_t id) { return s.plan.view().workers.at(WorkerId(id)).state; };
  EXPECT_EQ(state(3), WorkerState::kQuiescing);
  EXPECT_EQ(state(4), WorkerState::kDismissed);
  EXPECT_EQ(state(5), WorkerState::kQuiescing) << "it has never had a share";
  s.Do(WorkerProbed{WorkerId(4), ProbeResult::kSilent, "was not accepted"});
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(4), ProbeResult::kSilent, "was not accepted"}),
              ElementsAre("QuiesceWorker 4"));
}

TEST(FoundTest, AWorkerThatLeftByItselfDrainsAndItsSlotGetsAnother) {
  Scenario s(SmallPolicy(2));
  FoundWorker left = Found(1, 0, 1, WorkerState::kServing);
  left.listening = false;
  EXPECT_THAT(
      s.Do(FleetFound{{left, Found(2, 1, 1, WorkerState::kServing)}}),
      ElementsAre("ProbeWorker 2", "LaunchWorker 3 slot 0 generation 1", "ApplyShares 2:1"));
}

TEST(FoundTest, WorkersBeyondTheLastSlotAreRetiredAndTheirSlotsForgotten) {
  Scenario s(SmallPolicy(1));
  EXPECT_THAT(s.Do(FleetFound{
                  {Found(1, 0, 1, WorkerState::kServing), Found(2, 1, 1, WorkerState::kServing)}}),
              ElementsAre("ProbeWorker 1", "ProbeWorker 2", "FleetStarted", "ApplyShares 1:1",
                          "QuiesceWorker 2"));
  s.Retire(2);
  EXPECT_EQ(s.plan.view().slots.size(), 1U);
}

}  // namespace
}  // namespace rollport::rollout
