// Canaries, scalings, restarts, and rolls back to an earlier generation.
#include "gmock/gmock.h"
#include "tests/rollout/scenario.h"

namespace rollport::rollout {
namespace {

using testing::Contains;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RollRequested CanaryRoll(int64_t generation, std::vector<CanaryStep> steps) {
  return {.generation = GenerationId(generation), .canary = std::move(steps)};
}

double ShareOf(const Scenario& s, int64_t worker) {
  return s.plan.view().ShareOf(WorkerId(worker));
}

TEST(CanaryTest, GrowsInStepsBesideItsPredecessorAndThenTakesItsPlace) {
  Scenario s(SmallPolicy(4));
  s.Start();
  EXPECT_THAT(s.Do(CanaryRoll(2, {{50'000, absl::Seconds(60)}, {250'000, absl::Seconds(60)}})),
              ElementsAre("LaunchWorker 5 slot 0 generation 2"));
  EXPECT_THAT(s.BecomeHealthy(5), Contains("CanaryStepBegan 5 step 0"));
  EXPECT_THAT(ShareOf(s, 5), DoubleNear(0.05, 1e-12));
  EXPECT_THAT(ShareOf(s, 1), DoubleNear(0.95 / 4, 1e-12)) << "no worker is retired for a canary";

  EXPECT_THAT(s.Pass(absl::Seconds(59)), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Seconds(1)), Contains("CanaryStepBegan 5 step 1"));
  EXPECT_THAT(ShareOf(s, 5), DoubleNear(0.25, 1e-12));

  EXPECT_THAT(s.Pass(absl::Seconds(60)),
              ElementsAre("ApplyShares 2:1 3:1 4:1 5:1", "QuiesceWorker 1"));
}

TEST(CanaryTest, WithoutATimeItWaitsForAPerson) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(CanaryRoll(2, {{50'000, absl::InfiniteDuration()}}));
  EXPECT_THAT(s.BecomeHealthy(2),
              Contains("RollPaused (the canary has 5 % and waits for resume or abort)"));
  EXPECT_EQ(s.plan.view().state(), FleetState::kPaused);
  EXPECT_TRUE(s.plan.NextDeadline().is_never());
  EXPECT_THAT(s.Do(ResumeRequested{}), ElementsAre("ApplyShares 2:1", "QuiesceWorker 1"));
  EXPECT_THAT(s.Retire(1), Contains("RollEnded rolled 1->2"));
}

TEST(CanaryTest, APauseHoldsTheStepThatIsInForce) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(CanaryRoll(2, {{50'000, absl::Seconds(60)}}));
  s.BecomeHealthy(2);
  s.Do(PauseRequested{});
  s.Pass(absl::Seconds(600));
  EXPECT_THAT(ShareOf(s, 2), DoubleNear(0.05, 1e-12));
  EXPECT_THAT(s.Do(ResumeRequested{}), ElementsAre("ApplyShares 2:1", "QuiesceWorker 1"));
}

TEST(CanaryTest, WorseFiguresRevertTheRollAndSayWhich) {
  Scenario s(SmallPolicy(2));
  s.Start();
  s.Do(CanaryRoll(2, {{50'000, absl::Seconds(60)}}));
  s.BecomeHealthy(3);
  EXPECT_THAT(s.Do(CanaryFoundWorse{WorkerId(3), "5xx 12 % against 0 %"}),
              ElementsAre("RollReverting (slot 0, generation 2: 5xx 12 % against 0 %)",
                          "ApplyShares 1:1 2:1", "QuiesceWorker 3"));
  EXPECT_THAT(s.Retire(3), Contains(HasSubstr("RollEnded reverted 1->2")));
}

TEST(CanaryTest, ACrashOfTheCanaryRevertsTheRoll) {
  Scenario s(SmallPolicy(2));
  s.Start();
  s.Do(CanaryRoll(2, {{50'000, absl::Seconds(60)}}));
  s.BecomeHealthy(3);
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(3), "killed"}), Contains(HasSubstr("RollEnded reverted")));
  EXPECT_THAT(ShareOf(s, 1), DoubleNear(0.5, 1e-12));
}

TEST(CanaryTest, FailedProbesRevertTheRoll) {
  Scenario s(SmallPolicy(2));
  s.Start();
  s.Do(CanaryRoll(2, {{50'000, absl::Seconds(60)}}));
  s.BecomeHealthy(3);
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(3), ProbeResult::kBad, "500"}),
              Contains("RollReverting (slot 0, generation 2: unhealthy: 500)"));
}

TEST(CanaryTest, APredecessorThatDiesIsReplacedByItsOwnGenerationAndTheShareStays) {
  Scenario s(SmallPolicy(2));
  s.Start();
  s.Do(CanaryRoll(2, {{50'000, absl::Seconds(60)}}));
  s.BecomeHealthy(3);
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(1), "killed"}),
              Contains("LaunchWorker 4 slot 0 generation 1"));
  EXPECT_THAT(ShareOf(s, 3), DoubleNear(0.05, 1e-12));
  EXPECT_THAT(ShareOf(s, 2), DoubleNear(0.95, 1e-12));
}

TEST(CanaryTest, AFailedOneBeginsAgainWithItsFirstStepIfAPersonDecides) {
  Policy policy = SmallPolicy(1);
  policy.auto_revert = false;
  Scenario s(policy);
  s.Start();
  s.Do(CanaryRoll(2, {{50'000, absl::Seconds(60)}, {250'000, absl::Seconds(60)}}));
  s.BecomeHealthy(2);
  s.Pass(absl::Seconds(60));
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(2), "killed"}), Contains(HasSubstr("RollPaused")));
  EXPECT_THAT(s.Do(ResumeRequested{}), ElementsAre("LaunchWorker 3 slot 0 generation 2"));
  EXPECT_THAT(s.BecomeHealthy(3), Contains("CanaryStepBegan 3 step 0"));
}

TEST(ScaleTest, UpLaunchesTheNewSlotsAndEndsWhenTheyServe) {
  Scenario s(SmallPolicy(1));
  s.Start();
  EXPECT_THAT(s.Do(ScaleRequested{3}), ElementsAre("LaunchWorker 2 slot 1 generation 1",
                                                   "LaunchWorker 3 slot 2 generation 1"));
  EXPECT_THAT(s.BecomeHealthy(2), ElementsAre("ApplyShares 1:1 2:1"));
  EXPECT_THAT(s.BecomeHealthy(3),
              ElementsAre("RollEnded scale rolled 1->1", "ApplyShares 1:1 2:1 3:1"));
}

TEST(ScaleTest, UpGoesBackWhenANewWorkerFails) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(ScaleRequested{3});
  s.BecomeHealthy(2);
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(3), "exited with status 1"}),
              ElementsAre("RollReverting (slot 2, generation 1: exited with status 1)",
                          "ApplyShares 1:1", "QuiesceWorker 2"));
  EXPECT_THAT(s.Retire(2), Contains(HasSubstr("RollEnded scale reverted 1->1")));
  EXPECT_EQ(s.plan.view().slots.size(), 1u);
}

TEST(ScaleTest, DownRetiresTheLastSlotsOneAfterTheOther) {
  Scenario s(SmallPolicy(3));
  s.Start();
  EXPECT_THAT(s.Do(ScaleRequested{1}), ElementsAre("ApplyShares 1:1", "QuiesceWorker 2"));
  EXPECT_THAT(s.Do(WorkerQuiesced{WorkerId(2)}), ElementsAre("DrainWorker 2"));
  EXPECT_THAT(s.Do(ListenersLeft{WorkerId(2)}), ElementsAre("QuiesceWorker 3"));
  s.Do(WorkerQuiesced{WorkerId(3)});
  EXPECT_THAT(s.Do(ListenersLeft{WorkerId(3)}), ElementsAre("RollEnded scale rolled 1->1"))
      << "the drains may go on";
  // Up again, while the slot's former worker still drains.
  EXPECT_THAT(s.Do(ScaleRequested{2}), ElementsAre("LaunchWorker 4 slot 1 generation 1"));
  s.Do(WorkerExited{WorkerId(2), "exited"});
  s.Do(WorkerExited{WorkerId(3), "exited"});
  EXPECT_THAT(s.BecomeHealthy(4), Contains("RollEnded scale rolled 1->1"));
}

TEST(ScaleTest, ARollBringsANewNumberOfWorkersWithItWhenItHasProvenItself) {
  Scenario s(SmallPolicy(1));
  s.Start();
  EXPECT_THAT(s.Do(RollRequested{.generation = GenerationId(2), .workers = 2}),
              ElementsAre("LaunchWorker 2 slot 0 generation 2"));
  s.BecomeHealthy(2);
  EXPECT_THAT(s.Retire(1), ElementsAre("DrainWorker 1", "LaunchWorker 3 slot 1 generation 2"));
  EXPECT_THAT(s.BecomeHealthy(3), Contains("RollEnded rolled 1->2"));
  s.Do(RollRequested{.generation = GenerationId(3), .workers = 1});
  s.BecomeHealthy(4);
  s.Retire(2);
  s.BecomeHealthy(5);
  EXPECT_THAT(s.Retire(3), ElementsAre("DrainWorker 3", "ApplyShares 4:1", "QuiesceWorker 5"));
  EXPECT_THAT(s.Retire(5), Contains("RollEnded rolled 2->3"));
}

TEST(RestartTest, ReplacesOneWorkerByItsOwnGeneration) {
  Scenario s(SmallPolicy(2));
  s.Start();
  EXPECT_THAT(s.Do(RestartRequested{SlotId(1)}), ElementsAre("LaunchWorker 3 slot 1 generation 1"));
  EXPECT_THAT(s.BecomeHealthy(3), ElementsAre("ApplyShares 1:1 3:1", "QuiesceWorker 2"));
  EXPECT_THAT(s.Retire(2), Contains("RollEnded restart rolled 1->1"));
}

TEST(RestartTest, AReplacementThatFailsCostsNothing) {
  Scenario s(SmallPolicy(2));
  s.Start();
  s.Do(RestartRequested{SlotId(1)});
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(3), "exited with status 1"}),
              Contains(HasSubstr("RollEnded restart reverted 1->1")));
  EXPECT_THAT(ShareOf(s, 2), DoubleNear(0.5, 1e-12));
}

TEST(RestartTest, CanBeAborted) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(RestartRequested{SlotId(0)});
  EXPECT_THAT(s.Do(AbortRequested{}), Contains("RollReverting (asked to abort)"));
  s.Retire(2);
  s.Do(RestartRequested{SlotId(0)});
  s.BecomeHealthy(3);
  EXPECT_THAT(s.Do(AbortRequested{}), ElementsAre("Refuse (too late: slot 0 has its new worker)"));
}

TEST(UndoTest, IsARollToAnEarlierGeneration) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(RollRequested{.generation = GenerationId(2)});
  s.BecomeHealthy(2);
  s.Retire(1);
  EXPECT_THAT(s.Do(RollRequested{.generation = GenerationId(2)}),
              ElementsAre("Refuse (generation 2 runs already)"));
  EXPECT_THAT(s.Do(RollRequested{.generation = GenerationId(1)}),
              ElementsAre("LaunchWorker 3 slot 0 generation 1"));
  s.BecomeHealthy(3);
  EXPECT_THAT(s.Retire(2), Contains("RollEnded rolled 2->1"));
  EXPECT_EQ(s.plan.view().generation, GenerationId(1));
}

TEST(ChangesTest, OnlyOneAtATime) {
  Scenario s(SmallPolicy(2));
  s.Start();
  s.Do(ScaleRequested{3});
  EXPECT_THAT(s.Do(RollRequested{.generation = GenerationId(2)}),
              ElementsAre("Refuse (a scaling to 3 workers is under way)"));
  EXPECT_THAT(s.Do(RestartRequested{SlotId(0)}),
              ElementsAre("Refuse (a scaling to 3 workers is under way)"));
  EXPECT_THAT(s.Do(PauseRequested{}), Contains(HasSubstr("Refuse (there is nothing to pause")));
  EXPECT_THAT(s.Do(AbortRequested{}), Contains("RollReverting (asked to abort)"));
}

TEST(ChangesTest, ASlotThatIsNotThereIsRefused) {
  Scenario s(SmallPolicy(2));
  s.Start();
  EXPECT_THAT(s.Do(RestartRequested{SlotId(2)}),
              ElementsAre("Refuse (there is no slot 2: slots are 0 to 1)"));
}

}  // namespace
}  // namespace rollport::rollout
