#include "controller/accounts/roll_verdict.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::controller {
namespace {

using rollout::Outcome;
using rollout::WorkerState;
using testing::ElementsAre;
using testing::Field;

// A roll of slot 0 from generation 1 (worker 1) to generation 2 (worker 2). Slot 1 keeps worker 9.
class RollVerdictTest : public testing::Test {
 protected:
  void Enter(int64_t worker, WorkerState state, absl::Duration after = absl::Seconds(1)) {
    now_ = now_ + after;
    ledger_.Entered(WorkerId(worker), SlotId(0), GenerationId(worker), state, now_);
    after_.workers[WorkerId(worker)] = {.slot = SlotId(0), .state = state};
  }
  void ReplaceTheWorker() {
    Enter(2, WorkerState::kStarting);
    Enter(2, WorkerState::kServing);
    Enter(1, WorkerState::kDraining);
  }
  void End(Outcome outcome, const std::string& reason = "") {
    after_.workers[WorkerId(9)] = {.slot = SlotId(1), .state = WorkerState::kServing};
    ledger_.End({.outcome = outcome, .reason = reason}, after_, now_);
  }
  bool Gone(int64_t worker, const LastCounts& counts = {}) {
    now_ = now_ + absl::Seconds(1);
    after_.workers.erase(WorkerId(worker));
    return ledger_.WorkerGone(WorkerId(worker), counts, now_);
  }

  const Instant began_ = Instant::FromNanos(1'000'000'000);
  Instant now_ = began_;
  RollVerdict ledger_{
      7, "roll", GenerationId(1), GenerationId(2), began_, absl::UnixEpoch(), {.listen_drops = 5}};
  rollout::Fleet after_;
};

TEST_F(RollVerdictTest, AWorkerThatDoesNotEndIsPartOfTheReason) {
  ReplaceTheWorker();
  End(Outcome::kReverted, "slow");
  ledger_.NoteStuck(WorkerId(1), "worker 1 does not end");
  ledger_.NoteStuck(WorkerId(9), "not a worker of this roll");
  EXPECT_TRUE(Gone(1));
  EXPECT_EQ(ledger_.verdict()->reason, "slow; worker 1 does not end");
}

TEST_F(RollVerdictTest, TheVerdictWaitsForTheLastWorkerThatTheRollRetired) {
  ReplaceTheWorker();
  EXPECT_EQ(ledger_.verdict(), std::nullopt);
  End(Outcome::kRolled);
  EXPECT_TRUE(ledger_.ended());
  EXPECT_EQ(ledger_.verdict(), std::nullopt) << "worker 1 may still cut connections";
  EXPECT_TRUE(Gone(1, {.cut = 3}));
  // What the drain took is not part of it.
  EXPECT_EQ(ledger_.verdict(), (api::Verdict{.outcome = "rolled",
                                             .generation = 2,
                                             .replaced = 1,
                                             .elapsed = absl::Seconds(3),
                                             .cut = 3}));
}

TEST_F(RollVerdictTest, ARollThatGoesBackReplacesNothingAndSaysWhy) {
  ReplaceTheWorker();
  Gone(1);
  End(Outcome::kReverted, "worker 2 died");
  const auto verdict = ledger_.verdict();
  ASSERT_TRUE(verdict.has_value());
  EXPECT_EQ(verdict->outcome, "reverted");
  EXPECT_EQ(verdict->generation, 1);
  EXPECT_EQ(verdict->replaced, 0);
  EXPECT_EQ(verdict->reason, "worker 2 died");
}

TEST_F(RollVerdictTest, UntilTheEndEveryWorkerThatGoesCountsAndThenOnlyTheRetiredOnes) {
  ReplaceTheWorker();
  EXPECT_TRUE(Gone(8, {.cut = 1, .handed_over = 10}));
  End(Outcome::kRolled);
  EXPECT_FALSE(Gone(9, {.cut = 100, .handed_over = 100}));
  EXPECT_EQ(ledger_.verdict(), std::nullopt);
  EXPECT_TRUE(Gone(1, {.cut = 2, .handed_over = 20}));
  EXPECT_FALSE(Gone(1, {.cut = 2, .handed_over = 20})) << "it has gone already";
  ASSERT_TRUE(ledger_.verdict().has_value());
  EXPECT_EQ(ledger_.verdict()->cut, 3);
  EXPECT_EQ(ledger_.Record({}, now_).handed_over, 30);
}

TEST_F(RollVerdictTest, AWorkerWhoseExitEndsTheRollIsWaitedForAndCounts) {
  ReplaceTheWorker();
  ledger_.NoteEnded(WorkerId(1));
  after_.workers.erase(WorkerId(1));  // as the plan has heard of it
  End(Outcome::kRolled);
  EXPECT_EQ(ledger_.verdict(), std::nullopt) << "what worker 1 counted is not known yet";
  EXPECT_TRUE(Gone(1, {.cut = 3}));
  EXPECT_EQ(ledger_.verdict()->cut, 3);
}

TEST_F(RollVerdictTest, IfItIsNotKnownOfOneWorkerItIsNotKnownOfTheRoll) {
  ReplaceTheWorker();
  EXPECT_TRUE(Gone(8, {.cut = std::nullopt}));
  End(Outcome::kRolled);
  EXPECT_TRUE(Gone(1, {.cut = 2}));
  ASSERT_TRUE(ledger_.verdict().has_value());
  EXPECT_EQ(ledger_.verdict()->cut, std::nullopt);
}

TEST_F(RollVerdictTest, AWorkerThatServedBeforeIsNotReplaced) {
  ReplaceTheWorker();
  Gone(1);
  // Worker 9 serves too, but not since this roll.
  End(Outcome::kRolled);
  ASSERT_TRUE(ledger_.verdict().has_value());
  EXPECT_EQ(ledger_.verdict()->replaced, 1);
}

TEST_F(RollVerdictTest, RecordsEveryPhaseByItsStart) {
  ReplaceTheWorker();
  now_ = now_ + absl::Seconds(4);
  const api::RollRecord record = ledger_.Record({.listen_drops = 8}, now_);
  EXPECT_EQ(record.kernel.after - record.kernel.before, (os::TcpCounters{.listen_drops = 3}));
  ASSERT_EQ(record.phases.size(), 2U) << "to serve is no phase";
  EXPECT_THAT(record.phases, ElementsAre(Field(&api::PhaseRecord::phase, "starting"),
                                         Field(&api::PhaseRecord::phase, "draining")));
  EXPECT_THAT(record.phases, ElementsAre(Field(&api::PhaseRecord::start, absl::Seconds(1)),
                                         Field(&api::PhaseRecord::start, absl::Seconds(3))));
  EXPECT_THAT(record.phases, ElementsAre(Field(&api::PhaseRecord::length, absl::Seconds(1)),
                                         Field(&api::PhaseRecord::length, absl::Seconds(4))));
}

TEST_F(RollVerdictTest, AfterTheEndOnlyPhasesThatHadBegunAreRecorded) {
  ReplaceTheWorker();
  End(Outcome::kRolled);
  Enter(1, WorkerState::kKilled);
  Enter(3, WorkerState::kStarting);
  Gone(1);
  std::vector<std::string> phases;
  for (const auto& phase : ledger_.Record({}, now_).phases) phases.push_back(phase.phase);
  EXPECT_THAT(phases, ElementsAre("starting", "draining", "killed"));
}

}  // namespace
}  // namespace rollport::controller
