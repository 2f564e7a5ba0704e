#include "controller/accounts/chronicle.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/support/workers.h"

namespace rollport::controller {
namespace {

using rollout::WorkerState;
using testing::ElementsAre;

class ChronicleTest : public testing::Test {
 protected:
  int64_t Begin(int64_t from = 1, int64_t to = 2) {
    return chronicle_.BeginRoll("roll", GenerationId(from), GenerationId(to), "./server");
  }
  // Ends the rolls under way while `draining` still drains.
  void End(const std::vector<int64_t>& draining = {}) {
    rollout::Fleet after;
    for (const int64_t id : draining) {
      after.workers[WorkerId(id)] = {.state = WorkerState::kDraining};
    }
    chronicle_.EndRoll({.outcome = rollout::Outcome::kRolled}, after);
  }
  void Gone(int64_t worker, int64_t cut = 0) {
    chronicle_.NoteGone(WorkerId(worker), {.cut = cut});
  }
  // "NUMBER: cut CUT" of each roll that gets its verdict now.
  std::vector<std::string> Verdicts() {
    std::vector<std::string> given;
    chronicle_.GiveVerdicts([&](const api::RollRecord& roll, absl::Time) {
      given.push_back(absl::StrCat(roll.number, ": cut ", *roll.verdict->cut));
    });
    return given;
  }
  const api::FleetEvent& Last() {
    return *chronicle_.events().After(chronicle_.events().last() - 1);
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  WorkerTable workers_;
  Chronicle chronicle_{*loop_, workers_};
};

TEST_F(ChronicleTest, TheLastFailureOfASlotIsKeptUntilAWorkerIsAdmittedThere) {
  AddWorker(*loop_, workers_, 1, /*slot=*/0, /*generation=*/1);
  AddWorker(*loop_, workers_, 2, /*slot=*/3, /*generation=*/2);
  const auto fail = [this](int64_t id, const char* why) {
    chronicle_.TellOf(WorkerId(id), "WorkerStateChanged", "dismissed", why, std::nullopt,
                      /*failed=*/true);
  };
  fail(2, "first");
  fail(2, "was not healthy in time");
  fail(1, "died");
  chronicle_.TellOf(WorkerId(1), "WorkerStateChanged", "draining", "no failure");
  EXPECT_EQ(Last().failed, false);
  ASSERT_EQ(chronicle_.Failures().size(), 2U);
  EXPECT_EQ(chronicle_.Failures()[0].reason, "died");
  EXPECT_EQ(chronicle_.Failures()[1],
            (api::SlotFailure{3, 2, "was not healthy in time", absl::ZeroDuration()}));
  chronicle_.NoteState(WorkerId(5), {.slot = SlotId(3)}, WorkerState::kReady);
  EXPECT_EQ(chronicle_.Failures().size(), 2U);
  chronicle_.NoteState(WorkerId(5), {.slot = SlotId(3)}, WorkerState::kServing);
  ASSERT_EQ(chronicle_.Failures().size(), 1U);
  EXPECT_EQ(chronicle_.Failures()[0].slot, 0);
}

TEST_F(ChronicleTest, EventsArePartOfTheRollUntilItsVerdict) {
  chronicle_.Tell("Before", "");
  EXPECT_EQ(Last().roll, 0);
  EXPECT_EQ(Begin(), 1);
  EXPECT_EQ(Last().kind, "RollBegan");
  EXPECT_EQ(Last().message, "generation 1 -> 2: ./server");
  End({5});
  EXPECT_THAT(Verdicts(), ElementsAre());
  chronicle_.Tell("WhileItDrains", "");
  EXPECT_EQ(Last().roll, 1);
  Gone(5);
  EXPECT_THAT(Verdicts(), ElementsAre("1: cut 0"));
  EXPECT_EQ(Last().roll, 1);
  EXPECT_EQ(Last().kind, "RollEnded");
  EXPECT_EQ(Last().verdict->outcome, "rolled");
  chronicle_.Tell("After", "");
  EXPECT_EQ(Last().roll, 0);
  EXPECT_EQ(chronicle_.current(), nullptr);
}

TEST_F(ChronicleTest, TheVerdictIsPassedOnBeforeItIsTold) {
  Begin();
  End();
  const int64_t before = chronicle_.events().last();
  chronicle_.GiveVerdicts([&](const api::RollRecord& roll, absl::Time) {
    EXPECT_EQ(roll.number, 1);
    EXPECT_EQ(chronicle_.events().last(), before);
  });
  EXPECT_EQ(chronicle_.events().last(), before + 1);
}

TEST_F(ChronicleTest, WhatALateDrainCutBelongsToTheRollThatRetiredTheWorker) {
  Begin();
  End({1, 2});
  Begin(2, 3);
  Gone(1, /*cut=*/4);
  End({3});
  EXPECT_THAT(Verdicts(), ElementsAre()) << "each waits for a drain";
  Gone(3, /*cut=*/7);
  EXPECT_THAT(Verdicts(), ElementsAre("2: cut 7")) << "the later roll need not wait for the first";
  EXPECT_EQ(chronicle_.current()->number(), 1);
  Gone(2, /*cut=*/1);
  EXPECT_THAT(Verdicts(), ElementsAre("1: cut 5"));
}

TEST_F(ChronicleTest, RollsAreListedOldestFirstAndTheOneUnderWayWithoutAVerdict) {
  Begin();
  End();
  Verdicts();
  Begin(2, 3);
  const std::vector<api::RollRecord> rolls = chronicle_.Rolls();
  ASSERT_EQ(rolls.size(), 2U);
  EXPECT_EQ(rolls[0].number, 1);
  EXPECT_TRUE(rolls[0].verdict.has_value());
  EXPECT_EQ(rolls[1].number, 2);
  EXPECT_FALSE(rolls[1].verdict.has_value());
}

TEST_F(ChronicleTest, TheLastFiftyRollsAreKeptAndNumbersGoOn) {
  chronicle_.set_last_roll(100);
  for (int i = 0; i < 60; ++i) {
    Begin();
    End();
    Verdicts();
  }
  EXPECT_EQ(chronicle_.last_roll(), 160);
  ASSERT_EQ(chronicle_.Rolls().size(), 50U);
  EXPECT_EQ(chronicle_.Rolls().front().number, 111);
}

TEST_F(ChronicleTest, AnEventOfAWorkerNamesItsProcessWhileThereIsOne) {
  AddWorker(*loop_, workers_, /*id=*/3, /*slot=*/1, /*generation=*/2);
  chronicle_.TellOf(WorkerId(3), "Kind", "ready", "text", absl::Seconds(2));
  EXPECT_EQ(Last().slot, 1);
  EXPECT_EQ(Last().generation, 2);
  EXPECT_EQ(Last().pid, workers_.Find(WorkerId(3))->pid());
  EXPECT_EQ(Last().duration, absl::Seconds(2));
  workers_.Remove(WorkerId(3));
  chronicle_.TellOf(WorkerId(3), "Kind", "", "");
  EXPECT_EQ(Last().pid, std::nullopt);
}

TEST_F(ChronicleTest, TellsHowLongAWorkerWasInItsFormerState) {
  const rollout::Worker worker{.slot = SlotId(0), .generation = GenerationId(1)};
  const auto enter = [&](WorkerState state) {
    return chronicle_.NoteState(WorkerId(1), worker, state);
  };
  EXPECT_EQ(enter(WorkerState::kStarting), std::nullopt);
  const Instant launched = loop_->Now();
  while (loop_->Now() == launched) ASSERT_TRUE(loop_->Turn(absl::ZeroDuration()).ok());
  EXPECT_EQ(enter(WorkerState::kReady), loop_->Now() - launched);
  EXPECT_EQ(enter(WorkerState::kHealthy), absl::ZeroDuration());
  // Another worker's life begins when the first is forgotten.
  Gone(1);
  EXPECT_EQ(enter(WorkerState::kStarting), std::nullopt);
}

TEST_F(ChronicleTest, AFailedStartIsToldAndRemembered) {
  EXPECT_EQ(chronicle_.start_failure(), "");
  chronicle_.TellStartFailed("no such file");
  EXPECT_EQ(Last().kind, "StartFailed");
  EXPECT_EQ(chronicle_.start_failure(), "no such file");
}

}  // namespace
}  // namespace rollport::controller
