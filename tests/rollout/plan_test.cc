#include "rollout/plan.h"

#include "gmock/gmock.h"
#include "tests/rollout/scenario.h"

namespace rollport::rollout {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(PlanTest, AFleetStartsAllAtOnceAndIsSteadyWhenAllServe) {
  Scenario s(SmallPolicy(2));
  EXPECT_THAT(s.Do(TimePassed{}), ElementsAre("LaunchWorker 1 slot 0 generation 1",
                                              "LaunchWorker 2 slot 1 generation 1"));
  EXPECT_THAT(s.Do(WorkerBecameReady{WorkerId(1)}), ElementsAre("ProbeWorker 1"));
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(1), ProbeResult::kGood}), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Seconds(1)), ElementsAre("ProbeWorker 1"));
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(1), ProbeResult::kGood}), ElementsAre("ApplyShares 1:1"));
  EXPECT_EQ(s.plan.view().state(), FleetState::kStarting);
  EXPECT_THAT(s.BecomeHealthy(2), ElementsAre("FleetStarted", "ApplyShares 1:1 2:1"));
  EXPECT_EQ(s.plan.view().state(), FleetState::kSteady);
}

TEST(PlanTest, ManyWorkersAreLaunchedInStepsThatFollowAtOnce) {
  Scenario s(SmallPolicy(40));
  EXPECT_THAT(s.Do(TimePassed{}), SizeIs(16));
  EXPECT_LE(s.plan.NextDeadline(), s.now);
  // What the first ones say is heard meanwhile.
  EXPECT_THAT(s.Do(WorkerBecameReady{WorkerId(1)}), SizeIs(1 + 16));
  EXPECT_THAT(s.Do(TimePassed{}), SizeIs(8));
  EXPECT_GT(s.plan.NextDeadline(), s.now);
  EXPECT_THAT(s.Do(TimePassed{}), IsEmpty());
}

TEST(PlanTest, AStopEndsTheLaunchOfManyWorkers) {
  Scenario s(SmallPolicy(40));
  s.Do(TimePassed{});
  s.Do(StopRequested{});
  EXPECT_THAT(s.Do(TimePassed{}), IsEmpty());
  EXPECT_THAT(s.plan.view().workers, SizeIs(16));
}

TEST(PlanTest, NoMoreAreLaunchedThanCanBeSteered) {
  Policy policy = SmallPolicy(3);
  policy.most_workers = 4;
  Scenario s(policy);
  s.Start();
  for (const int worker : {1, 2}) {
    for (int i = 0; i < policy.unhealthy_after; ++i) {
      s.Do(WorkerProbed{WorkerId(worker), ProbeResult::kBad});
    }
  }
  EXPECT_THAT(s.plan.view().workers, SizeIs(4)) << "two are unhealthy, one is replaced";
  s.BecomeHealthy(4);
  s.Do(WorkerQuiesced{WorkerId(1)});
  s.Do(ListenersLeft{WorkerId(1)});
  EXPECT_THAT(s.plan.view().workers, SizeIs(4)) << "the first one drains";
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(1), "exited"}),
              Contains("LaunchWorker 5 slot 1 generation 1"));
}

TEST(PlanTest, ARollReplacesOneSlotAfterTheOther) {
  Scenario s(SmallPolicy(2));
  s.Start();
  EXPECT_THAT(s.Do(RollRequested{GenerationId(2)}),
              ElementsAre("LaunchWorker 3 slot 0 generation 2"));
  EXPECT_THAT(s.BecomeHealthy(3), ElementsAre("ApplyShares 2:1 3:1", "QuiesceWorker 1"));
  EXPECT_THAT(s.Do(WorkerQuiesced{WorkerId(1)}), ElementsAre("DrainWorker 1"));
  EXPECT_THAT(s.Do(ListenersLeft{WorkerId(1)}), ElementsAre("LaunchWorker 4 slot 1 generation 2"));
  // A long drain of the first does not hold the second up.
  EXPECT_THAT(s.BecomeHealthy(4), ElementsAre("ApplyShares 3:1 4:1", "QuiesceWorker 2"));
  EXPECT_THAT(s.Retire(2), ElementsAre("DrainWorker 2", "RollEnded rolled 1->2"));
  EXPECT_EQ(s.plan.view().generation, GenerationId(2));
}

TEST(PlanTest, AReplacementThatDiesRevertsTheRoll) {
  Scenario s(SmallPolicy(2));
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(3), "exited with status 1"}),
              ElementsAre("RollReverting (slot 0, generation 2: exited with status 1)",
                          "RollEnded reverted 1->2 (slot 0, generation 2: exited with status 1)"));
  EXPECT_EQ(s.plan.view().ServedBy(GenerationId(1)), 2);
}

TEST(PlanTest, AReplacementThatDiesAfterItWasAdmittedRevertsEverySlot) {
  Scenario s(SmallPolicy(2));
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  s.BecomeHealthy(3);
  s.Retire(1);  // launches 4 in slot 1
  EXPECT_THAT(
      s.Do(WorkerExited{WorkerId(3), "killed"}),
      ElementsAre("RollReverting (slot 0, generation 2: killed)",
                  "LaunchWorker 5 slot 0 generation 1", "ApplyShares 2:1", "QuiesceWorker 4"));
  s.Retire(4);
  EXPECT_THAT(
      s.BecomeHealthy(5),
      ElementsAre("RollEnded reverted 1->2 (slot 0, generation 2: killed)", "ApplyShares 2:1 5:1"));
}

TEST(PlanTest, AReplacementThatIsNeverHealthyFailsAtItsDeadline) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  s.Do(WorkerBecameReady{WorkerId(2)});
  s.Do(WorkerProbed{WorkerId(2), ProbeResult::kBad, "500"});
  EXPECT_THAT(s.PassToDeadline(),
              Contains(HasSubstr("RollReverting (slot 0, generation 2: was not healthy in time")));
  s.Retire(2);
  EXPECT_EQ(s.plan.view().state(), FleetState::kSteady);
  EXPECT_EQ(s.plan.view().ServedBy(GenerationId(1)), 1);
}

TEST(PlanTest, WithoutAutoRevertAFailurePausesAndAPersonDecides) {
  Policy policy = SmallPolicy(2);
  policy.auto_revert = false;
  Scenario s(policy);
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(3), "died"}),
              ElementsAre("RollPaused (slot 0, generation 2: died)"));
  EXPECT_EQ(s.plan.view().state(), FleetState::kPaused);
  EXPECT_THAT(s.Do(ResumeRequested{}), ElementsAre("LaunchWorker 4 slot 0 generation 2"));
  s.Do(WorkerExited{WorkerId(4), "died"});
  EXPECT_THAT(s.Do(AbortRequested{}), ElementsAre("RollReverting (asked to abort)",
                                                  "RollEnded aborted 1->2 (asked to abort)"));
}

TEST(PlanTest, APauseHoldsTheAdmissionOfAHealthyReplacement) {
  Scenario s(SmallPolicy(2));
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  s.Do(PauseRequested{});
  EXPECT_THAT(s.BecomeHealthy(3), IsEmpty());
  EXPECT_THAT(s.Do(ResumeRequested{}), ElementsAre("ApplyShares 2:1 3:1", "QuiesceWorker 1"));
}

TEST(PlanTest, ADeadWorkerIsReplacedAtOnceAndThenWithBackOff) {
  Scenario s(SmallPolicy(2));
  s.Start();
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(1), "killed"}),
              ElementsAre("LaunchWorker 3 slot 0 generation 1", "ApplyShares 2:1"));
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(3), "killed"}), IsEmpty());
  EXPECT_EQ(s.plan.NextDeadline(), s.now + absl::Seconds(1));
  EXPECT_THAT(s.Pass(absl::Seconds(1)), ElementsAre("LaunchWorker 4 slot 0 generation 1"));
  s.Do(WorkerExited{WorkerId(4), "killed"});
  EXPECT_EQ(s.plan.NextDeadline(), s.now + absl::Seconds(2));
  s.Pass(absl::Seconds(2));
  s.Do(WorkerExited{WorkerId(5), "killed"});
  EXPECT_EQ(s.plan.NextDeadline(), s.now + absl::Seconds(2)) << "bounded by backoff_max";
}

TEST(PlanTest, ServingLongEnoughForgivesFormerDeaths) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(WorkerExited{WorkerId(1), "killed"});
  s.BecomeHealthy(2);
  s.Pass(absl::Seconds(3));
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(2), "killed"}),
              Contains("LaunchWorker 3 slot 0 generation 1"));
}

TEST(PlanTest, AnUnhealthyWorkerLosesItsShareAndIsRetiredWhenItsReplacementIsHealthy) {
  Scenario s(SmallPolicy(2));
  s.Start();
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(1), ProbeResult::kBad, "timed out"}),
              ElementsAre("LaunchWorker 3 slot 0 generation 1", "ApplyShares 2:1"));
  EXPECT_THAT(s.BecomeHealthy(3), ElementsAre("ApplyShares 2:1 3:1", "QuiesceWorker 1"));
}

TEST(PlanTest, IfAllAreUnhealthyEachKeepsItsShare) {
  Scenario s(SmallPolicy(2));
  s.Start();
  s.Do(WorkerProbed{WorkerId(1), ProbeResult::kBad, "timed out"});
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(2), ProbeResult::kBad, "timed out"}),
              ElementsAre("LaunchWorker 4 slot 1 generation 1", "ApplyShares 1:1 2:1"));
}

TEST(PlanTest, HandshakesAndDrainsAreBounded) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  s.BecomeHealthy(2);
  EXPECT_THAT(s.PassToDeadline(), ElementsAre("DrainWorker 1"));
  EXPECT_THAT(s.PassToDeadline(), ElementsAre("ProbeWorker 1"));
  EXPECT_THAT(s.PassToDeadline(), ElementsAre("KillWorker 1"));
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(1), "killed"}), ElementsAre("RollEnded rolled 1->2"));
}

// Slot 0 is replaced, and its predecessor is told to stop.
Scenario Draining(int unhealthy_after = 2) {
  Policy policy = SmallPolicy(2);
  policy.unhealthy_after = unhealthy_after;
  policy.drain_timeout = absl::Seconds(30);
  Scenario s(policy);
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  s.BecomeHealthy(3);
  EXPECT_THAT(s.Do(WorkerQuiesced{WorkerId(1)}), ElementsAre("DrainWorker 1"));
  return s;
}

TEST(PlanTest, OneThatListensOnWhenItIsToldToStopIsFoundOutIfItHangs) {
  Scenario s = Draining();
  EXPECT_THAT(s.Pass(absl::Milliseconds(999)), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Milliseconds(1)), ElementsAre("ProbeWorker 1"));
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(1), ProbeResult::kSilent}), IsEmpty());
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(1), ProbeResult::kSilent}),
              ElementsAre("LaunchWorker 4 slot 1 generation 2"));
}

TEST(PlanTest, IfItAnswersItHoldsTheOthersUpAndIsAskedAgain) {
  Scenario s = Draining();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(s.Pass(absl::Seconds(1)), ElementsAre("ProbeWorker 1")) << i;
    EXPECT_THAT(s.Do(WorkerProbed{WorkerId(1), ProbeResult::kGood}), IsEmpty());
  }
  EXPECT_THAT(s.Do(ListenersLeft{WorkerId(1)}), ElementsAre("LaunchWorker 4 slot 1 generation 2"));
  EXPECT_THAT(s.Pass(absl::Seconds(2)), IsEmpty()) << "not any more";
}

TEST(PlanTest, OneThatDoesNotEmptyItsQueueIsFoundOutIfItHangs) {
  Policy policy = SmallPolicy(2);
  policy.drain_timeout = absl::Seconds(30);
  Scenario s(policy);
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  s.BecomeHealthy(3);
  s.Do(AcceptQueueChanged{WorkerId(1), 3});
  EXPECT_THAT(s.Pass(absl::Seconds(1)), IsEmpty()) << "handshake_timeout is over";
  Scenario accepts = s;
  EXPECT_THAT(s.Pass(absl::Seconds(1)), ElementsAre("ProbeWorker 1"));
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(1), ProbeResult::kSilent}),
              ElementsAre("LaunchWorker 4 slot 1 generation 2"));
  accepts.Do(AcceptQueueChanged{WorkerId(1), 2});
  EXPECT_THAT(accepts.Pass(absl::Seconds(1)), IsEmpty()) << "a probe would wait in its queue";
}

TEST(PlanTest, AProbeThatMayLieInTheQueueOfOneThatListensOnIsKnown) {
  Scenario s = Draining();
  s.Pass(absl::Seconds(1));
  EXPECT_EQ(s.plan.view().workers.at(WorkerId(1)).last_probe, ProbeResult::kOverdue);
}

TEST(PlanTest, AFleetThatStopsAsksNobodyWhetherItHangs) {
  Scenario s = Draining();
  s.Do(StopRequested{});
  EXPECT_THAT(s.Pass(absl::Seconds(1)), IsEmpty());
}

// Slot 0's predecessor is leaving, and keeps its listeners; slot 1's worker dies, and its newcomer
// is not ready in time.
TEST(PlanTest, ANewcomerThatNeverHadAShareNeitherWaitsForOthersNorHoldsThemUp) {
  Scenario s = Draining(/*unhealthy_after=*/1);
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(2), "died"}),
              ElementsAre("LaunchWorker 4 slot 1 generation 1", "ApplyShares 3:1"));
  s.Pass(absl::Seconds(1));
  EXPECT_THAT(s.Pass(absl::Seconds(3)), ElementsAre("QuiesceWorker 4"));
  EXPECT_THAT(s.PassToDeadline(), ElementsAre("DrainWorker 4", "CloseListeners 4",
                                              "LaunchWorker 5 slot 1 generation 1"));
  // The roll goes on to slot 1.
  EXPECT_THAT(s.Do(ListenersLeft{WorkerId(1)}),
              ElementsAre("LaunchWorker 6 slot 1 generation 2", "QuiesceWorker 5"));
}

TEST(PlanTest, WorkersLeaveOneAfterTheOtherEvenWithSurge) {
  Policy policy = SmallPolicy(2);
  policy.surge = 2;
  Scenario s(policy);
  s.Start();
  EXPECT_THAT(
      s.Do(RollRequested{GenerationId(2)}),
      ElementsAre("LaunchWorker 3 slot 0 generation 2", "LaunchWorker 4 slot 1 generation 2"));
  s.Do(WorkerBecameReady{WorkerId(3)});
  s.Do(WorkerBecameReady{WorkerId(4)});
  s.Do(WorkerProbed{WorkerId(3), ProbeResult::kGood});
  s.Do(WorkerProbed{WorkerId(4), ProbeResult::kGood});
  s.Pass(absl::Seconds(1));
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(3), ProbeResult::kGood}),
              ElementsAre("ApplyShares 2:1 3:1", "QuiesceWorker 1"));
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(4), ProbeResult::kGood}), IsEmpty());
  EXPECT_THAT(s.Retire(1), ElementsAre("DrainWorker 1", "ApplyShares 3:1 4:1", "QuiesceWorker 2"));
}

TEST(PlanTest, AFirstLaunchThatFailsEndsTheStart) {
  Scenario s(SmallPolicy(2));
  s.Do(TimePassed{});
  EXPECT_THAT(
      s.Do(WorkerExited{WorkerId(1), "execve: No such file"}),
      ElementsAre("StartFailed (slot 0, generation 1: execve: No such file)", "DrainWorker 2"));
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(2), "exited"}), ElementsAre("FleetStopped"));
}

TEST(PlanTest, StoppingDrainsAllAndIsBounded) {
  Scenario s(SmallPolicy(2));
  s.Start();
  EXPECT_THAT(s.Do(StopRequested{}), ElementsAre("DrainWorker 1", "DrainWorker 2"));
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(1), "exited"}), IsEmpty());
  EXPECT_THAT(s.PassToDeadline(), ElementsAre("KillWorker 2"));
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(2), "killed"}), ElementsAre("FleetStopped"));
  EXPECT_EQ(s.plan.view().state(), FleetState::kStopped);
}

TEST(PlanTest, AStopThatIsForcedKillsAtOnceWhoDrains) {
  Scenario s(SmallPolicy(3));
  s.Start();
  EXPECT_THAT(s.Do(ForceRequested{}), ElementsAre("Refuse (the fleet is not stopping)"));
  s.Do(StopRequested{});
  s.Do(WorkerExited{WorkerId(1), "exited"});
  EXPECT_THAT(s.Do(ForceRequested{}), ElementsAre("KillWorker 2", "KillWorker 3"));
  EXPECT_THAT(s.Do(ForceRequested{}), IsEmpty());
  s.Do(WorkerExited{WorkerId(2), "killed"});
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(3), "killed"}), ElementsAre("FleetStopped"));
}

TEST(PlanTest, AWorkerThatLeavesByItselfIsReplacedAndNotSignalledAgain) {
  Scenario s(SmallPolicy(2));
  s.Start();
  EXPECT_THAT(s.Do(ListenersLeft{WorkerId(1)}),
              ElementsAre("LaunchWorker 3 slot 0 generation 1", "ApplyShares 2:1"));
}

TEST(PlanTest, RequestsThatCannotBeFollowedAreRefusedWithAReason) {
  Scenario s(SmallPolicy(2));
  EXPECT_THAT(s.Do(RollRequested{GenerationId(2)}),
              Contains("Refuse (the fleet is still starting)"));
  s.Start();
  EXPECT_THAT(s.Do(PauseRequested{}),
              ElementsAre("Refuse (there is nothing to pause: the fleet is steady)"));
  EXPECT_THAT(s.Do(AbortRequested{}),
              ElementsAre("Refuse (there is nothing to abort: the fleet is steady)"));
  s.Do(RollRequested{GenerationId(2)});
  EXPECT_THAT(
      s.Do(RollRequested{GenerationId(3)}),
      ElementsAre("Refuse (a roll to generation 2 is under way (rolling, 0 of 2 slots replaced))"));
}

TEST(PlanTest, AWorkerThatAsksForTimeToStartIsGivenIt) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  s.Pass(absl::Seconds(3));
  EXPECT_THAT(s.Do(WorkerAskedForTime{WorkerId(2), absl::Seconds(5)}), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Seconds(4)), IsEmpty());
  // It asks for less than it has: that takes nothing away.
  s.Do(WorkerAskedForTime{WorkerId(2), absl::Milliseconds(1)});
  EXPECT_THAT(s.Pass(absl::Milliseconds(999)), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Milliseconds(1)),
              Contains("RollReverting (slot 0, generation 2: was not ready in time)"));
}

TEST(PlanTest, WhatIsKnownOfALateWorkerIsPartOfTheReason) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  const Instant due = s.plan.NextDeadline();
  EXPECT_THAT(s.plan.Late(due + -absl::Nanoseconds(1)), IsEmpty());
  EXPECT_THAT(s.plan.Late(due), ElementsAre(WorkerId(2)));
  s.plan.set_evidence(WorkerId(2), "no READY=1");
  EXPECT_THAT(s.PassToDeadline(),
              Contains("RollReverting (slot 0, generation 2: was not ready in time: no READY=1)"));
}

TEST(PlanTest, TimeToBecomeHealthyIsExtendedAndMinHealthyTimeIsKept) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  s.Do(WorkerBecameReady{WorkerId(2)});
  s.Pass(absl::Milliseconds(3500));
  s.Do(WorkerAskedForTime{WorkerId(2), absl::Seconds(5)});
  s.Pass(absl::Seconds(1));
  s.Do(WorkerProbed{WorkerId(2), ProbeResult::kGood});
  s.Do(WorkerAskedForTime{WorkerId(2), absl::Seconds(5)});
  EXPECT_THAT(s.Pass(absl::Milliseconds(999)), IsEmpty());
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(2), ProbeResult::kGood}), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Milliseconds(1)), ElementsAre("ProbeWorker 2"));
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(2), ProbeResult::kGood}), Contains("ApplyShares 2:1"));
}

// A drain goes on while nobody looks; a start cannot.
TEST(PlanTest, ANewcomerIsGivenTheTimeInWhichNobodyLookedAtItAndADrainIsNot) {
  Scenario s(SmallPolicy(2));
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  s.BecomeHealthy(3);
  s.Do(WorkerQuiesced{WorkerId(1)});
  s.Do(ListenersLeft{WorkerId(1)});
  s.plan.HeldUp(absl::Seconds(5));
  EXPECT_THAT(s.Pass(absl::Seconds(5)), ElementsAre("KillWorker 1"));
  s.Do(WorkerExited{WorkerId(1), "killed"});
  EXPECT_THAT(s.Pass(absl::Milliseconds(3999)), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Milliseconds(1)),
              Contains("RollReverting (slot 1, generation 2: was not ready in time)"));
}

TEST(PlanTest, AWorkerThatAsksForTimeToDrainIsNotKilledBefore) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  s.BecomeHealthy(2);
  s.Do(WorkerQuiesced{WorkerId(1)});
  s.Do(WorkerAskedForTime{WorkerId(1), absl::Seconds(9)});
  s.Do(ListenersLeft{WorkerId(1)});
  EXPECT_THAT(s.Pass(absl::Seconds(8)), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Seconds(1)), ElementsAre("KillWorker 1"));
}

TEST(PlanTest, AWorkerThatIsGivenTimeToDrainHoldsNobodyUpForLongerThanDrainTimeout) {
  Scenario s(SmallPolicy(2));
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  s.BecomeHealthy(3);
  s.Do(WorkerQuiesced{WorkerId(1)});
  for (int i = 0; i < 3; ++i) s.Do(WorkerAskedForTime{WorkerId(1), absl::Hours(1)});
  EXPECT_THAT(s.Pass(absl::Seconds(1)), ElementsAre("ProbeWorker 1"));
  EXPECT_THAT(s.Do(WorkerProbed{WorkerId(1), ProbeResult::kOverdue}), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Milliseconds(999)), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Milliseconds(1)), ElementsAre("CloseListeners 1"));
  EXPECT_THAT(s.Do(ListenersLeft{WorkerId(1)}), ElementsAre("LaunchWorker 4 slot 1 generation 2"));
}

TEST(PlanTest, NoWorkerIsGivenMoreThanADayHoweverOftenItAsks) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  s.BecomeHealthy(2);
  s.Do(WorkerQuiesced{WorkerId(1)});
  s.Do(ListenersLeft{WorkerId(1)});
  for (int i = 0; i < 2; ++i) {
    s.Do(WorkerAskedForTime{WorkerId(1), absl::Hours(24)});
    s.Pass(absl::Hours(23));
  }
  EXPECT_EQ(s.plan.view().workers.at(WorkerId(1)).state, WorkerState::kKilled);
}

TEST(PlanTest, AWorkerThatDoesNotEndWhenItIsKilledIsGivenUp) {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(StopRequested{});
  EXPECT_THAT(s.PassToDeadline(), ElementsAre("KillWorker 1"));
  EXPECT_THAT(s.Pass(absl::Milliseconds(4999)), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Milliseconds(1)), ElementsAre("GiveUpWorker 1"));
  EXPECT_TRUE(s.plan.NextDeadline().is_never());
  EXPECT_THAT(s.Do(WorkerExited{WorkerId(1), "does not end"}), ElementsAre("FleetStopped"));
}

// Worker 1 quiesces, and has been replaced.
Scenario Quiescing() {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(RollRequested{GenerationId(2)});
  s.BecomeHealthy(2);
  return s;
}

TEST(PlanTest, WhatWaitsInTheAcceptQueueIsWaitedForBeyondHandshakeTimeout) {
  Scenario s = Quiescing();
  s.Do(AcceptQueueChanged{WorkerId(1), 3});
  EXPECT_THAT(s.Pass(s.plan.policy().handshake_timeout), IsEmpty());
  EXPECT_THAT(s.Do(AcceptQueueChanged{WorkerId(1), 1}), IsEmpty());
  EXPECT_THAT(s.Do(AcceptQueueChanged{WorkerId(1), 0}), ElementsAre("DrainWorker 1"));
}

TEST(PlanTest, ButNotForLongerThanDrainTimeout) {
  Scenario s = Quiescing();
  s.Do(AcceptQueueChanged{WorkerId(1), 3});
  EXPECT_THAT(s.Pass(s.plan.policy().handshake_timeout), IsEmpty());
  s.Do(AcceptQueueChanged{WorkerId(1), 2});
  EXPECT_THAT(s.Pass(s.plan.policy().drain_timeout - absl::Nanoseconds(1)), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Nanoseconds(1)), ElementsAre("DrainWorker 1"));
}

TEST(PlanTest, AnEmptyQueueDoesNotEndTheWaitForHandshakes) {
  Scenario s = Quiescing();
  s.Do(AcceptQueueChanged{WorkerId(1), 1});
  EXPECT_THAT(s.Do(AcceptQueueChanged{WorkerId(1), 0}), IsEmpty());
  EXPECT_THAT(s.Pass(s.plan.policy().handshake_timeout), ElementsAre("DrainWorker 1"));
}

// Worker 1 hangs, and has been replaced by worker 2.
Scenario Hung() {
  Scenario s(SmallPolicy(1));
  s.Start();
  s.Do(WorkerProbed{WorkerId(1), ProbeResult::kSilent, "timed out"});
  s.Do(WorkerBecameReady{WorkerId(2)});
  s.Do(WorkerProbed{WorkerId(2), ProbeResult::kGood});
  return s;
}

TEST(PlanTest, TheQueueOfAHungWorkerIsNotWaitedFor) {
  Scenario s = Hung();
  s.Do(AcceptQueueChanged{WorkerId(1), 3});
  EXPECT_THAT(s.Pass(s.plan.policy().handshake_timeout), ElementsAre("DrainWorker 1"));
}

TEST(PlanTest, UnlessItAcceptsAfterAll) {
  Scenario s = Hung();
  s.Do(AcceptQueueChanged{WorkerId(1), 3});
  s.Do(AcceptQueueChanged{WorkerId(1), 2});
  EXPECT_THAT(s.Pass(s.plan.policy().handshake_timeout), IsEmpty());
  EXPECT_THAT(s.Do(AcceptQueueChanged{WorkerId(1), 0}), ElementsAre("DrainWorker 1"));
}

// The signal may end them, and two that leave at once leave the group's order in doubt.
TEST(PlanTest, HungWorkersAreToldToStopOneAfterTheOther) {
  Policy policy = SmallPolicy(2);
  policy.handshake_timeout = absl::Seconds(10);
  Scenario s(policy);
  s.Start();
  for (const int64_t id : {1, 2}) {
    s.Do(WorkerProbed{WorkerId(id), ProbeResult::kSilent, "timed out"});
  }
  for (const int64_t id : {3, 4}) s.BecomeHealthy(id);
  EXPECT_THAT(s.Do(WorkerQuiesced{WorkerId(1)}), ElementsAre("DrainWorker 1"));
  EXPECT_THAT(s.Do(WorkerQuiesced{WorkerId(2)}), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Milliseconds(99)), IsEmpty());
  EXPECT_THAT(s.Pass(absl::Milliseconds(1)), ElementsAre("DrainWorker 2"));
}

TEST(PlanTest, AWorkerThatServesOrIsGoneIsNotGivenTime) {
  Scenario s(SmallPolicy(1));
  s.Start();
  const Plan before = s.plan;
  s.Do(WorkerAskedForTime{WorkerId(1), absl::Seconds(9)});
  s.Do(WorkerAskedForTime{WorkerId(7), absl::Seconds(9)});
  EXPECT_EQ(s.plan, before);
}

}  // namespace
}  // namespace rollport::rollout
