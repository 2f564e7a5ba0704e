#include "controller/accounts/accounts.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/support/shown_metrics.h"
#include "tests/controller/support/workers.h"
#include "tests/rollout/scenario.h"

namespace rollport::controller {
namespace {

using testing::HasSubstr;

// A fleet of two slots, whose workers are processes that sleep. The plan is told what the test
// says, and the accounts are told what the controller would tell them.
class AccountsTest : public testing::Test {
 protected:
  AccountsTest() {
    Do(rollout::TimePassed{});
    Serve({1, 2});
  }
  void Do(const rollout::Event& event, absl::Duration after = absl::ZeroDuration()) {
    now_ = now_ + after;
    const rollout::Actions actions = plan_.Step(now_, event);
    for (const rollout::Action& action : actions) {
      if (const auto* launch = std::get_if<rollout::LaunchWorker>(&action)) {
        pages_.emplace(launch->worker.value(), AddWorker(*loop_, workers_, launch->worker.value(),
                                                         static_cast<int>(launch->slot.value()),
                                                         launch->generation.value()));
      } else if (const auto* note = std::get_if<rollout::NoteWorker>(&action)) {
        accounts_.chronicle().NoteState(note->worker, plan_.view().workers.at(note->worker),
                                        note->state);
      } else if (const auto* ended = std::get_if<rollout::RollEnded>(&action)) {
        accounts_.NoteRollEnded(*ended);
      }
    }
    accounts_.NoteStep(event, actions);
  }
  void Serve(const std::vector<int64_t>& ids) {
    for (const int64_t id : ids) {
      Do(rollout::WorkerBecameReady{WorkerId(id)});
      Do(rollout::WorkerProbed{WorkerId(id), rollout::ProbeResult::kGood});
    }
    absl::Duration time = plan_.policy().min_healthy_time;
    for (const int64_t id : ids) {
      Do(rollout::WorkerProbed{WorkerId(id), rollout::ProbeResult::kGood}, std::exchange(time, {}));
    }
  }
  int64_t Begin(const std::string& kind, const rollout::Event& request) {
    const int64_t number =
        accounts_.chronicle().BeginRoll(kind, GenerationId(1), GenerationId(2), "");
    Do(request);
    return number;
  }
  void LeaveGroups(int64_t id) {
    Do(rollout::WorkerQuiesced{WorkerId(id)});
    Do(rollout::ListenersLeft{WorkerId(id)});
  }
  Accounts::Exit NoteExit(int64_t id, const os::ExitStatus& how = {}) {
    Accounts::Exit exit = accounts_.NoteExit(*workers_.Find(WorkerId(id)), how, std::nullopt);
    workers_.Remove(WorkerId(id));
    return exit;
  }
  // As the controller does in one turn.
  void Exit(const std::vector<int64_t>& ids) {
    std::vector<Accounts::Exit> exits;
    exits.reserve(ids.size());
    for (const int64_t id : ids) exits.push_back(NoteExit(id));
    for (const int64_t id : ids) Do(rollout::WorkerExited{WorkerId(id), "exited"});
    for (const Accounts::Exit& exit : exits) accounts_.Settle(exit);
  }
  std::optional<api::Verdict> Verdict() { return accounts_.chronicle().Rolls().back().verdict; }
  const api::FleetEvent& Last() {
    api::EventLog& events = accounts_.chronicle().events();
    return *events.After(events.last() - 1);
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  WorkerTable workers_;
  std::map<int64_t, protocol::MappedPage> pages_;
  Instant now_ = loop_->Now();
  rollout::Plan plan_{rollout::SmallPolicy(2), GenerationId(1)};
  Releases releases_ = ReleasesOfSleep(2);
  Traffic traffic_{*loop_, *os::SockDiag::Create(), workers_, releases_, [] {}};
  Accounts accounts_{*loop_, workers_, releases_,
                     plan_,  traffic_, [](WorkerId, const std::string&) {}};
};

TEST_F(AccountsTest, AVerdictCountsWhatEveryDrainOfItsRollCut) {
  Begin("roll", rollout::RollRequested{GenerationId(2)});
  Serve({3});
  LeaveGroups(1);
  pages_.at(1)->connections_cut.Set(2);
  Exit({1});
  Serve({4});
  LeaveGroups(2);
  EXPECT_EQ(Verdict(), std::nullopt) << "worker 2 still drains";
  pages_.at(2)->connections_cut.Set(3);
  Exit({2});
  ASSERT_TRUE(Verdict().has_value());
  EXPECT_EQ(Verdict()->outcome, "rolled");
  EXPECT_EQ(Verdict()->replaced, 2);
  EXPECT_EQ(Verdict()->cut, 5);
  EXPECT_EQ(accounts_.Totals().connections_cut, 5U);
}

TEST_F(AccountsTest, AVerdictCountsTheWorkerWhoseExitEndsTheChange) {
  Begin("scale", rollout::ScaleRequested{1});
  LeaveGroups(2);
  pages_.at(2)->connections_cut.Set(3);
  Exit({2});
  ASSERT_TRUE(Verdict().has_value());
  EXPECT_EQ(Verdict()->cut, 3);
  EXPECT_EQ(Last().kind, "RollEnded");
}

TEST_F(AccountsTest, ARollThatAnExitEndsByItsListenersWaitsForThatExitAlone) {
  Begin("restart", rollout::RestartRequested{SlotId(1)});
  Serve({3});
  Do(rollout::WorkerQuiesced{WorkerId(2)});
  // Its listeners are seen to have left in the turn of its exit, and before it.
  const Accounts::Exit exit = NoteExit(2);
  Do(rollout::ListenersLeft{WorkerId(2)});
  Do(rollout::WorkerExited{WorkerId(2), "exited"});
  EXPECT_EQ(Verdict(), std::nullopt);
  accounts_.Settle(exit);
  EXPECT_EQ(Verdict()->outcome, "rolled");
}

TEST_F(AccountsTest, TwoExitsInOneTurnAreBothCountedAndOnce) {
  Begin("roll", rollout::RollRequested{GenerationId(2)});
  Serve({3});
  LeaveGroups(1);
  Serve({4});
  LeaveGroups(2);
  for (const int64_t id : {1, 2}) {
    pages_.at(id)->connections_cut.Set(1);
    pages_.at(id)->connections_accepted.Set(100);
  }
  Exit({1, 2});
  EXPECT_EQ(Verdict()->cut, 2);
  EXPECT_EQ(accounts_.Totals().connections_accepted, 200U);
}

TEST_F(AccountsTest, AKilledWorkersOpenRequestsAreCutForTheVerdictAndForTheMetricsAlike) {
  Begin("restart", rollout::RestartRequested{SlotId(1)});
  Serve({3});
  LeaveGroups(2);
  pages_.at(2)->connections_cut.Set(1);
  pages_.at(2)->requests_open.Set(4);
  workers_.Find(WorkerId(2))->Kill();
  Exit({2});
  EXPECT_EQ(Verdict()->cut, 5);
  EXPECT_EQ(accounts_.Totals().connections_cut, 5U);
}

TEST_F(AccountsTest, WhatAWorkerHasLeftToTheKernelMakesTheVerdictUnknown) {
  Begin("restart", rollout::RestartRequested{SlotId(1)});
  Serve({3});
  LeaveGroups(2);
  pages_.at(2)->connections_cut.Set(2);
  pages_.at(2)->connections_left.Set(1);
  Exit({2});
  ASSERT_TRUE(Verdict().has_value());
  EXPECT_EQ(Verdict()->cut, std::nullopt);
  EXPECT_EQ(accounts_.Totals().connections_cut, 2U) << "known to be cut";
  EXPECT_EQ(accounts_.Totals().cut_unknown, 1U);
}

TEST_F(AccountsTest, AWorkerThatDiesWhileItDrainsHasNotCutNothing) {
  Begin("restart", rollout::RestartRequested{SlotId(1)});
  Serve({3});
  LeaveGroups(2);
  pages_.at(2)->connections_open.Set(2);
  pages_.at(2)->requests_open.Set(1);
  Exit({2});
  ASSERT_TRUE(Verdict().has_value());
  EXPECT_EQ(Verdict()->cut, std::nullopt) << "nobody knows what the other one was doing";
}

TEST_F(AccountsTest, OneThatDiesBeforeItIsToldToStopHasCutNothing) {
  Begin("restart", rollout::RestartRequested{SlotId(1)});
  Serve({3});
  pages_.at(2)->connections_open.Set(2);
  Exit({2});
  ASSERT_TRUE(Verdict().has_value());
  EXPECT_EQ(Verdict()->cut, 0) << "it would have died without the roll";
}

TEST_F(AccountsTest, AnExitIsToldWithWhyTheWorkerWasKilledAndWhatItCut) {
  workers_.Find(WorkerId(1))->Kill("no WATCHDOG=1 for 2s");
  pages_.at(1)->connections_cut.Set(2);
  const int64_t pid = workers_.Find(WorkerId(1))->pid();
  const Accounts::Exit exit = NoteExit(1, {.signal = 9});
  EXPECT_THAT(exit.how, testing::StartsWith("no WATCHDOG=1 for 2s, killed by signal 9"));
  EXPECT_EQ(Last().kind, "WorkerExited");
  EXPECT_EQ(Last().pid, pid);
  EXPECT_THAT(Last().message, HasSubstr(exit.how + ", 2 connections cut"));
}

TEST_F(AccountsTest, ARefusedChangeAndAVerdictAreInTheMetrics) {
  accounts_.NoteRefusal();
  Begin("scale", rollout::ScaleRequested{1});
  LeaveGroups(2);
  Exit({2});
  const ShownMetrics shown = Flatten(accounts_.collector().Collect());
  EXPECT_EQ(shown.at("rollport_rolls_total{refused}"), 1);
  EXPECT_EQ(shown.at("rollport_rolls_total{rolled}"), 1);
  EXPECT_EQ(shown.at("rollport_last_roll_number"), 1);
}

}  // namespace
}  // namespace rollport::controller
