#include "controller/accounts/canary_audit.h"

#include <map>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/support/workers.h"
#include "tests/rollout/scenario.h"
#include "tests/support/eventually.h"

namespace rollport::controller {
namespace {

using testing::HasSubstr;

// Workers 1 and 2 serve, and worker 3 is the canary.
class CanaryAuditTest : public testing::Test {
 protected:
  CanaryAuditTest() {
    fleet_.Start();
    fleet_.Do(rollout::RollRequested{.generation = GenerationId(2),
                                     .canary = {{50'000, absl::InfiniteDuration()}}});
    fleet_.BecomeHealthy(3);
    for (const int64_t id : {1, 2, 3}) Add(id);
  }
  void Add(int64_t id) { pages_.emplace(id, AddWorker(*loop_, workers_, id, 0)); }
  void Serve(int64_t id, uint64_t requests, uint64_t errors) {
    pages_.at(id)->responses[2].Add(requests - errors);
    pages_.at(id)->responses[5].Add(errors);
  }
  // The figures of the next canary that is found to be worse.
  std::string Figures() {
    figures_.clear();
    EXPECT_TRUE(Eventually(
        [this] { return loop_->Turn(absl::Milliseconds(50)).ok() && !figures_.empty(); }));
    return figures_;
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  rollout::Scenario fleet_{rollout::SmallPolicy(2)};
  WorkerTable workers_;
  std::map<int64_t, protocol::MappedPage> pages_;
  Releases releases_ =
      ReleasesOfSleep(2, {}, {.roll = {.canary_min_requests = 10, .canary_errors = 1}});
  std::string figures_;
  WorkerId worse_;
  CanaryAudit audit_{*loop_, workers_, releases_, fleet_.plan,
                     [this](WorkerId canary, const std::string& figures) {
                       worse_ = canary;
                       figures_ = figures;
                     }};
};

TEST_F(CanaryAuditTest, ComparesTheCanaryWithAllOthersSinceTheStepBegan) {
  // What was served before proves nothing, for either side.
  Serve(1, 1000, 1000);
  Serve(3, 1000, 0);
  audit_.BeginStep();
  Serve(1, 30, 0);
  Serve(2, 70, 2);
  Serve(3, 20, 5);
  EXPECT_THAT(Figures(),
              HasSubstr("25 % of requests with 5xx (5 of 20), the former generation 2 %"));
  EXPECT_EQ(worse_, WorkerId(3));
}

TEST_F(CanaryAuditTest, LooksAgainUntilThereIsEnoughToJudge) {
  audit_.BeginStep();
  Serve(1, 100, 0);
  Serve(3, 9, 9);
  os::Timer later(*loop_, [this] { Serve(3, 1, 1); });
  later.After(absl::Milliseconds(120));  // after the first look
  EXPECT_THAT(Figures(), HasSubstr("10 of 10"));
}

TEST_F(CanaryAuditTest, ANewStepBeginsAtZero) {
  audit_.BeginStep();
  Serve(1, 100, 0);
  Serve(3, 100, 50);
  audit_.BeginStep();
  Serve(1, 100, 0);
  Serve(3, 20, 10);
  EXPECT_THAT(Figures(), HasSubstr("10 of 20"));
}

TEST_F(CanaryAuditTest, AWorkerThatIsNotInThePlanIsComparedWithNothing) {
  Add(9);
  audit_.BeginStep();
  Serve(9, 100, 100);
  Serve(1, 100, 0);
  Serve(3, 20, 10);
  EXPECT_THAT(Figures(), HasSubstr("the former generation 0 %"));
}

TEST_F(CanaryAuditTest, AWorkerThatCameDuringTheStepCountsFromItsBeginning) {
  workers_.Remove(WorkerId(2));
  audit_.BeginStep();
  pages_.erase(2);
  Add(2);
  Serve(2, 50, 1);
  Serve(1, 50, 0);
  Serve(3, 20, 10);
  EXPECT_THAT(Figures(), HasSubstr("the former generation 1 %"));
}

TEST_F(CanaryAuditTest, ReportsAgainUntilTheCanaryHasLostItsShare) {
  audit_.BeginStep();
  Serve(1, 100, 0);
  Serve(3, 20, 10);
  Figures();
  Figures();
  fleet_.Do(rollout::AbortRequested{});
  // The look that is due comes before this timer.
  bool looked = false;
  figures_.clear();
  os::Timer after(*loop_, [&] { looked = true; });
  after.After(absl::Milliseconds(101));
  while (!looked) ASSERT_TRUE(loop_->Turn().ok());
  EXPECT_EQ(figures_, "");
}

}  // namespace
}  // namespace rollport::controller
