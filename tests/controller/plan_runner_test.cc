#include "controller/plan_runner.h"

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rollout/trace.h"
#include "tests/rollout/scenario.h"

namespace rollport::controller {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PlanRunnerTest : public testing::Test {
 protected:
  void Turn() { ASSERT_TRUE(loop_->Turn(absl::ZeroDuration()).ok()); }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  std::vector<std::string> steps_;  // the events, as they were carried out
  std::function<void(const rollout::Fleet* before, const rollout::Actions& actions)> then_ =
      [](const auto&, const auto&) {};
  PlanRunner runner_{*loop_, rollout::Plan(rollout::SmallPolicy(1), GenerationId(1)),
                     [this](const rollout::Fleet* before, const rollout::Event& event,
                            const rollout::Actions& actions) {
                       steps_.push_back(rollout::ToString(event));
                       then_(before, actions);
                     }};
};

TEST_F(PlanRunnerTest, WhatIsPostedIsDecidedAtTheEndOfTheTurnInItsOrder) {
  runner_.Post(rollout::TimePassed{});
  runner_.Post(rollout::WorkerBecameReady{WorkerId(1)});
  EXPECT_THAT(steps_, IsEmpty());
  EXPECT_TRUE(runner_.fleet().workers.empty());
  Turn();
  EXPECT_THAT(steps_, ElementsAre("TimePassed", "WorkerBecameReady 1"));
  EXPECT_EQ(runner_.fleet().workers.at(WorkerId(1)).state, rollout::WorkerState::kReady);
}

TEST_F(PlanRunnerTest, WhatIsPostedWhileActionsAreCarriedOutIsDecidedAfterThemInTheSameTurn) {
  int depth = 0;
  then_ = [&](const auto&, const rollout::Actions& actions) {
    EXPECT_EQ(depth++, 0) << "a decision in the middle of another one";
    for (const rollout::Action& action : actions) {
      if (std::holds_alternative<rollout::LaunchWorker>(action)) {
        runner_.Post(rollout::WorkerExited{WorkerId(1), "no such file"});
      }
    }
    --depth;
  };
  runner_.Post(rollout::TimePassed{});
  runner_.Post(rollout::PauseRequested{});
  Turn();
  ASSERT_EQ(steps_.size(), 3U);
  EXPECT_EQ(steps_[1], "PauseRequested");
  EXPECT_THAT(steps_[2], testing::StartsWith("WorkerExited 1"));
  // The queue works on afterwards.
  runner_.Post(rollout::TimePassed{});
  Turn();
  EXPECT_EQ(steps_.size(), 4U);
}

TEST_F(PlanRunnerTest, AStepIsCarriedOutWithTheFleetBeforeAndAfterIt) {
  then_ = [&](const rollout::Fleet* before, const rollout::Actions& actions) {
    EXPECT_TRUE(before->workers.empty());
    EXPECT_EQ(runner_.fleet().workers.size(), 1U);
    EXPECT_FALSE(actions.empty());
  };
  runner_.Step(rollout::TimePassed{});
  EXPECT_THAT(steps_, ElementsAre("TimePassed"));
}

TEST_F(PlanRunnerTest, ADeadlineBeginsWhenTheActionWasCarriedOut) {
  // As a process that is stopped in the middle of it.
  Instant over;
  then_ = [&](const auto&, const auto&) {
    const Instant began = os::EventLoop::ReadNow();
    while (os::EventLoop::ReadNow() < began + absl::Milliseconds(50)) continue;
    over = os::EventLoop::ReadNow();
  };
  runner_.Step(rollout::TimePassed{});  // launches worker 1
  EXPECT_GE(runner_.plan().NextDeadline(), over + rollout::SmallPolicy(1).healthy_deadline);
}

// As a process that is stopped while a worker starts: what the worker has said meanwhile is in the
// same turn as its deadline.
TEST_F(PlanRunnerTest, ANewcomerIsGivenTheTimeInWhichNobodyLookedAtIt) {
  rollout::Policy policy = rollout::SmallPolicy(1);
  policy.healthy_deadline = absl::Milliseconds(200);
  runner_.set_policy(policy);
  runner_.Step(rollout::TimePassed{});
  absl::SleepFor(absl::Milliseconds(300));
  runner_.Post(rollout::WorkerBecameReady{WorkerId(1)});
  Turn();
  ASSERT_TRUE(runner_.fleet().workers.contains(WorkerId(1)));
  const rollout::Worker& worker = runner_.fleet().workers.at(WorkerId(1));
  EXPECT_EQ(worker.state, rollout::WorkerState::kReady);
  EXPECT_GT(worker.fail_at, loop_->Now());
}

TEST_F(PlanRunnerTest, TheDeadlineOfThePlanIsAnEvent) {
  rollout::Policy policy = rollout::SmallPolicy(1);
  policy.healthy_deadline = absl::Milliseconds(20);
  runner_.set_policy(policy);
  runner_.Step(rollout::TimePassed{});
  const Instant launched = loop_->Now();
  ASSERT_NE(runner_.plan().NextDeadline(), Instant::Never());
  while (steps_.size() < 2) ASSERT_TRUE(loop_->Turn().ok());
  EXPECT_EQ(steps_[1], "TimePassed");
  EXPECT_GE(loop_->Now() - launched, absl::Milliseconds(20));
}

TEST_F(PlanRunnerTest, ToAskWhetherARequestWouldBeRefusedChangesNothing) {
  runner_.Step(rollout::TimePassed{});
  const rollout::Plan before = runner_.plan();
  EXPECT_EQ(runner_.Refusal(rollout::PauseRequested{}).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(runner_.Refusal(rollout::StopRequested{}).ok());
  EXPECT_EQ(runner_.plan(), before);
  EXPECT_EQ(steps_.size(), 1U);
}

}  // namespace
}  // namespace rollport::controller
