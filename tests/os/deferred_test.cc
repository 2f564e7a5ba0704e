#include "os/deferred.h"

#include <memory>
#include <vector>

#include "gtest/gtest.h"

namespace rollport::os {
namespace {

class DeferredTest : public testing::Test {
 protected:
  void Turn() { ASSERT_TRUE(loop_->Turn(absl::ZeroDuration()).ok()); }

  std::unique_ptr<EventLoop> loop_ = *EventLoop::Create();
  int calls_ = 0;
};

TEST_F(DeferredTest, ACallComesOnceAtTheEndOfTheTurn) {
  Deferred deferred(*loop_);
  EXPECT_FALSE(deferred.pending());
  deferred.Call([&] { ++calls_; });
  EXPECT_TRUE(deferred.pending());
  EXPECT_EQ(calls_, 0);
  Turn();
  EXPECT_EQ(calls_, 1);
  EXPECT_FALSE(deferred.pending());
  Turn();
  EXPECT_EQ(calls_, 1);
}

TEST_F(DeferredTest, NoCallComesAfterItsEnd) {
  auto deferred = std::make_unique<Deferred>(*loop_);
  deferred->Call([&] { ++calls_; });
  deferred.reset();
  Turn();
  EXPECT_EQ(calls_, 0);
}

TEST_F(DeferredTest, NorIfItEndsInAnEarlierCallOfTheSameTurn) {
  auto deferred = std::make_unique<Deferred>(*loop_);
  loop_->Defer([&] { deferred.reset(); });
  deferred->Call([&] { ++calls_; });
  Turn();
  EXPECT_EQ(deferred, nullptr);
  EXPECT_EQ(calls_, 0);
}

TEST_F(DeferredTest, ACancelledCallDoesNotComeAndItsFunctionIsDestroyedAtOnce) {
  const auto held = std::make_shared<int>();
  Deferred deferred(*loop_);
  deferred.Call([this, held] { ++calls_; });
  EXPECT_EQ(held.use_count(), 2);
  deferred.Cancel();
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(deferred.pending());
  Turn();
  EXPECT_EQ(calls_, 0);
}

TEST_F(DeferredTest, ALaterCallTakesThePlaceOfAPendingOne) {
  std::vector<int> order;
  Deferred deferred(*loop_);
  deferred.Call([&] { order.push_back(1); });
  deferred.Call([&] { order.push_back(2); });
  Turn();
  EXPECT_EQ(order, std::vector<int>{2});
}

TEST_F(DeferredTest, TheCallMayDestroyItAndStillUseWhatItHolds) {
  auto deferred = std::make_unique<Deferred>(*loop_);
  deferred->Call([&, held = std::make_shared<int>(7)] {
    deferred.reset();
    calls_ = *held;
  });
  Turn();
  EXPECT_EQ(deferred, nullptr);
  EXPECT_EQ(calls_, 7);
}

TEST_F(DeferredTest, TheCallMayAskForAnotherWhichComesInTheNextTurn) {
  Deferred deferred(*loop_);
  deferred.Call([&] {
    ++calls_;
    deferred.Call([&] { ++calls_; });
  });
  Turn();
  EXPECT_EQ(calls_, 1);
  EXPECT_TRUE(deferred.pending());
  Turn();
  EXPECT_EQ(calls_, 2);
}

TEST_F(DeferredTest, ItMayOutliveItsLoop) {
  const auto held = std::make_shared<int>();
  Deferred deferred(*loop_);
  deferred.Call([held] {});
  loop_.reset();
  deferred.Cancel();
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace rollport::os
