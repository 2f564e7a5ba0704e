#include "controller/accounts/worker_lives.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rollout/plan.h"
#include "tests/controller/support/shown_metrics.h"
#include "tests/rollout/scenario.h"

namespace rollport::controller {
namespace {

using testing::Contains;
using testing::Not;
using testing::Pair;

// Follows a real plan with one slot. Worker 1 is the first, 2 its replacement, and so on.
class WorkerLivesTest : public testing::Test {
 protected:
  void Do(const rollout::Event& event, absl::Duration after = absl::ZeroDuration()) {
    now_ = now_ + after;
    const rollout::Actions actions = plan_.Step(now_, event);
    lives_.Follow(now_, event, actions, plan_.view());
  }
  void Serve(int64_t id) {
    Do(rollout::WorkerBecameReady{WorkerId(id)}, absl::Milliseconds(200));
    Do(rollout::WorkerProbed{WorkerId(id), rollout::ProbeResult::kGood});
    Do(rollout::WorkerProbed{WorkerId(id), rollout::ProbeResult::kGood},
       plan_.policy().min_healthy_time);
  }
  void Start() {
    Do(rollout::TimePassed{});
    Serve(1);
  }
  void Roll() { Do(rollout::RollRequested{GenerationId(2)}); }
  void Drain(int64_t id) { Do(rollout::WorkerQuiesced{WorkerId(id)}, absl::Milliseconds(20)); }
  void Exit(int64_t id) { Do(rollout::WorkerExited{WorkerId(id), "exited"}); }
  void End(int64_t id, const os::ExitStatus& how, bool killed = false) {
    lives_.NoteEnd(WorkerId(id), SlotId(0), killed, how);
  }
  ShownMetrics Show() {
    return Shown([this](exposition::Families* out) {
      lives_.ShowRestarts(1, out);
      lives_.ShowNewcomersFailed(1, out);
      lives_.ShowReplacements(out);
      lives_.ShowPhases(out);
      lives_.ShowExits(out);
      lives_.ShowProbes(out);
    });
  }
  double Value(const std::string& name) { return Show().at("rollport_" + name); }

  Instant now_ = Instant::FromNanos(1'000'000'000);
  rollout::Plan plan_{rollout::SmallPolicy(1), GenerationId(1)};
  WorkerLives lives_;
};

TEST_F(WorkerLivesTest, AReplacementIsAdmittedOnceAndTheFirstWorkersAreNone) {
  Start();
  EXPECT_EQ(Value("replacements_total{admitted}"), 0);
  Roll();
  Serve(2);
  Drain(1);
  End(1, {});
  Exit(1);
  EXPECT_EQ(Value("replacements_total{admitted}"), 1);
  EXPECT_EQ(Value("replacements_total{failed}"), 0);
}

TEST_F(WorkerLivesTest, AReplacementThatDiesHasFailedOnce) {
  Start();
  Roll();
  End(2, {.code = 1});
  Exit(2);
  EXPECT_EQ(Value("replacements_total{failed}"), 1);
  EXPECT_EQ(Value("replacements_total{admitted}"), 0);
  EXPECT_EQ(Value("worker_exits_total{exited}"), 1);
}

TEST_F(WorkerLivesTest, AReplacementThatIsDismissedAndThenDiesHasFailedOnce) {
  Start();
  Roll();
  Do(rollout::AbortRequested{});
  End(2, {});
  Exit(2);
  EXPECT_EQ(Value("replacements_total{failed}"), 1);
}

TEST_F(WorkerLivesTest, APhaseIsTimedWhenItIsOver) {
  Do(rollout::TimePassed{});
  EXPECT_EQ(Value("phase_duration_seconds_count{starting}"), 0);
  Serve(1);
  EXPECT_EQ(Value("phase_duration_seconds_bucket{starting,0.25}"), 1);
  EXPECT_DOUBLE_EQ(Value("phase_duration_seconds_sum{starting}"), 0.2);
  EXPECT_DOUBLE_EQ(Value("phase_duration_seconds_sum{ready}"), 1);
  EXPECT_THAT(Show(), Not(Contains(Pair("rollport_phase_duration_seconds_count{serving}", 0))));
}

TEST_F(WorkerLivesTest, ADrainIsTimedToTheExitAndAStartThatFailsIsNot) {
  Start();
  Roll();
  End(2, {.signal = 9});
  Exit(2);
  EXPECT_EQ(Value("phase_duration_seconds_count{starting}"), 1) << "that of worker 1";
  Do(rollout::StopRequested{});
  now_ = now_ + absl::Milliseconds(700);
  End(1, {});
  Exit(1);
  EXPECT_DOUBLE_EQ(Value("phase_duration_seconds_sum{draining}"), 0.7);
}

TEST_F(WorkerLivesTest, AWorkerThatEndsUnaskedIsARestartOfItsSlot) {
  Start();
  End(1, {.signal = 11});
  Exit(1);
  EXPECT_EQ(Value("worker_restarts_total{0}"), 1);
  EXPECT_EQ(Value("worker_exits_total{signal}"), 1);
  // Its replacement is told to stop, and does.
  Serve(2);
  Do(rollout::StopRequested{});
  Drain(2);
  End(2, {});
  Exit(2);
  EXPECT_EQ(Value("worker_restarts_total{0}"), 1);
  EXPECT_EQ(Value("worker_exits_total{drained}"), 1);
}

TEST_F(WorkerLivesTest, ANewcomerThatFailsIsNoDeathHoweverItFails) {
  Start();
  Roll();
  End(2, {.code = 1});
  Exit(2);
  EXPECT_EQ(Value("newcomers_failed_total{0}"), 1);
  Do(rollout::RollRequested{GenerationId(3)});
  Do(rollout::TimePassed{}, plan_.policy().healthy_deadline);  // it is late
  EXPECT_EQ(Value("newcomers_failed_total{0}"), 2);
  Drain(3);
  End(3, {.signal = 9}, /*killed=*/true);
  Exit(3);
  EXPECT_EQ(Value("newcomers_failed_total{0}"), 2) << "counted once";
  EXPECT_EQ(Value("worker_restarts_total{0}"), 0);
}

TEST_F(WorkerLivesTest, ANewcomerThatIsNotWantedAnyMoreHasNotFailed) {
  Start();
  Roll();
  Do(rollout::AbortRequested{});
  End(2, {});
  Exit(2);
  EXPECT_EQ(Value("newcomers_failed_total{0}"), 0);
  EXPECT_EQ(Value("worker_restarts_total{0}"), 0);
}

TEST_F(WorkerLivesTest, AWorkerWhoseListenersAreSeenToLeaveWithItsEndHasEndedUnasked) {
  Start();
  // In one turn: the plan hears of the listeners first, and that the worker is gone afterwards.
  End(1, {.signal = 9});
  Do(rollout::ListenersLeft{WorkerId(1)});
  Exit(1);
  EXPECT_EQ(Value("worker_restarts_total{0}"), 1);
}

TEST_F(WorkerLivesTest, ATidyExitUnaskedIsNoDrain) {
  Start();
  End(1, {});
  Exit(1);
  EXPECT_EQ(Value("worker_exits_total{exited}"), 1);
  EXPECT_EQ(Value("worker_exits_total{drained}"), 0);
}

TEST_F(WorkerLivesTest, AWorkerThatTheControllerKilledIsCountedAsSuch) {
  Start();
  End(1, {.signal = 9}, /*killed=*/true);
  Exit(1);
  EXPECT_EQ(Value("worker_exits_total{killed}"), 1);
  EXPECT_EQ(Value("worker_exits_total{signal}"), 0);
}

TEST_F(WorkerLivesTest, ALaunchThatFailedIsAnExitWithoutAProcess) {
  Do(rollout::TimePassed{});
  Exit(1);
  EXPECT_EQ(Value("worker_exits_total{launch}"), 1);
  EXPECT_EQ(Value("newcomers_failed_total{0}"), 1);
  EXPECT_EQ(Value("worker_restarts_total{0}"), 0);
}

TEST_F(WorkerLivesTest, AnEndThatIsNotedTwiceIsCountedOnce) {
  Start();
  End(1, {.code = 1});
  End(1, {.code = 1});
  Exit(1);
  Exit(1);
  EXPECT_EQ(Value("worker_exits_total{exited}"), 1);
  EXPECT_EQ(Value("worker_exits_total{launch}"), 0);
  EXPECT_EQ(Value("worker_restarts_total{0}"), 1);
}

TEST_F(WorkerLivesTest, AWorkerThatWasFoundIsFollowedFromTheStateItWasFoundIn) {
  Do(rollout::FleetFound{{{.worker = WorkerId(1),
                           .slot = SlotId(0),
                           .generation = GenerationId(1),
                           .state = rollout::WorkerState::kDraining,
                           .listening = false}}});
  End(1, {});
  now_ = now_ + absl::Milliseconds(300);
  Exit(1);
  EXPECT_EQ(Value("worker_exits_total{drained}"), 1);
  EXPECT_EQ(Value("replacements_total{failed}"), 0);
  EXPECT_DOUBLE_EQ(Value("phase_duration_seconds_sum{draining}"), 0.3);
}

TEST_F(WorkerLivesTest, ProbesAreCountedByHowTheyWent) {
  Start();
  Do(rollout::WorkerProbed{WorkerId(1), rollout::ProbeResult::kBad, "timed out"});
  Do(rollout::WorkerProbed{WorkerId(1), rollout::ProbeResult::kGood});
  EXPECT_EQ(Value("probes_total{good}"), 3);
  EXPECT_EQ(Value("probes_total{bad}"), 1);
}

}  // namespace
}  // namespace rollport::controller
