#include "controller/process/watchdog.h"

#include <memory>

#include "gtest/gtest.h"

namespace rollport::controller {
namespace {

class WatchdogTest : public testing::Test {
 protected:
  // Turns the loop until the watchdog has missed the worker; returns how long that took.
  absl::Duration UntilMissed() {
    const Instant begin = loop_->Now();
    while (missed_ == 0) EXPECT_TRUE(loop_->Turn(absl::Seconds(20)).ok());
    return loop_->Now() - begin;
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  int missed_ = 0;
  Watchdog watchdog_{*loop_, absl::Milliseconds(20), [this] { ++missed_; }};
};

TEST_F(WatchdogTest, MissesAWorkerOnceAfterItsPatience) {
  EXPECT_GE(UntilMissed(), absl::Milliseconds(20));
  EXPECT_TRUE(loop_->Turn(absl::Milliseconds(40)).ok());
  EXPECT_EQ(missed_, 1);
}

TEST_F(WatchdogTest, WaitsAnewWhenTheWorkerIsHeard) {
  EXPECT_TRUE(loop_->Turn(absl::Milliseconds(10)).ok());
  if (missed_ > 0) GTEST_SKIP() << "this machine is too busy";
  watchdog_.Hear();
  EXPECT_GE(UntilMissed(), absl::Milliseconds(20));
}

TEST_F(WatchdogTest, ANewPatienceCountsFromNow) {
  watchdog_.set_patience(absl::Milliseconds(60));
  EXPECT_EQ(watchdog_.patience(), absl::Milliseconds(60));
  EXPECT_GE(UntilMissed(), absl::Milliseconds(60));
}

}  // namespace
}  // namespace rollport::controller
