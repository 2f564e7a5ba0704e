#include "worker/deadline.h"

#include <chrono>
#include <memory>

#include "gtest/gtest.h"

namespace rollport::worker {
namespace {

using std::chrono::milliseconds;

const TimeLimits kLimits({.head_timeout = milliseconds(100),
                          .body_timeout = milliseconds(200),
                          .send_timeout = milliseconds(300),
                          .min_body_rate = 1000,
                          .idle_timeout = std::chrono::hours(1)});

class DeadlineTest : public testing::Test {
 protected:
  Instant After(int ms) const { return start_ + absl::Milliseconds(ms); }
  // Runs the loop until the timer fires; false if it does not within 20 seconds.
  bool Fires() {
    const int before = fired_;
    const Instant end = os::EventLoop::ReadNow() + absl::Seconds(20);
    while (fired_ == before && os::EventLoop::ReadNow() < end) {
      if (!loop_->Turn(absl::Seconds(1)).ok()) return false;
    }
    return fired_ > before;
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  int fired_ = 0;
  Deadline deadline_{*loop_, kLimits, [this] { ++fired_; }};
  const Instant start_ = os::EventLoop::ReadNow();
};

TEST_F(DeadlineTest, EachWaitHasItsOwnLimit) {
  const struct {
    Wait wait;
    int limit_ms;
  } cases[] = {{Wait::kFirst, 100}, {Wait::kHead, 100},       {Wait::kBody, 200},
               {Wait::kSend, 300},  {Wait::kIdle, 3'600'000}, {Wait::kLinger, 2000}};
  for (const auto& c : cases) {
    deadline_.BeginBody();
    deadline_.Start(c.wait, start_);
    EXPECT_FALSE(deadline_.Passed(After(c.limit_ms - 1))) << c.limit_ms;
    EXPECT_TRUE(deadline_.Passed(After(c.limit_ms))) << c.limit_ms;
  }
}

TEST_F(DeadlineTest, AHandlerMayTakeForEver) {
  deadline_.Start(Wait::kHandler, start_);
  EXPECT_FALSE(deadline_.Passed(After(1'000'000'000)));
}

TEST_F(DeadlineTest, OnlyProgressOrAnotherWaitBeginsAnew) {
  deadline_.Start(Wait::kHead, start_);
  deadline_.Update(Wait::kHead, After(50));
  EXPECT_EQ(deadline_.since(), start_) << "a head that drips gets no more time";
  deadline_.BeginBody();
  deadline_.Update(Wait::kBody, After(60));
  EXPECT_EQ(deadline_.since(), After(60));
  EXPECT_EQ(deadline_.wait(), Wait::kBody);
  deadline_.Progress();
  EXPECT_EQ(deadline_.since(), After(60)) << "not before the next Update()";
  deadline_.Update(Wait::kBody, After(90));
  EXPECT_EQ(deadline_.since(), After(90));
  deadline_.Update(Wait::kBody, After(95));
  EXPECT_EQ(deadline_.since(), After(90)) << "progress counts once";
}

// 200 ms, and 1 ms more for each byte.
TEST_F(DeadlineTest, ABodyHasAMinimumRate) {
  deadline_.BeginBody();
  deadline_.Update(Wait::kBody, start_);
  int now = 0;
  for (; !deadline_.Passed(After(now)) && now < 10'000; now += 100) {
    deadline_.BodyProgress(50);
    deadline_.Update(Wait::kBody, After(now));
  }
  // 50 ms are lost in each 100 ms.
  EXPECT_EQ(now, 400);

  deadline_.BeginBody();
  deadline_.Update(Wait::kBody, After(1000));
  for (now = 1100; now < 9000; now += 100) {
    ASSERT_FALSE(deadline_.Passed(After(now)));
    deadline_.BodyProgress(100);
    deadline_.Update(Wait::kBody, After(now));
  }
  EXPECT_TRUE(deadline_.Passed(After(9100))) << "a pause of `body` is still too long";
}

TEST_F(DeadlineTest, OnlyTheWaitForTheBodyItselfTakesOfItsTime) {
  deadline_.BeginBody();
  deadline_.Update(Wait::kBody, start_);
  deadline_.Update(Wait::kSend, After(100));
  deadline_.Update(Wait::kBody, After(9000));
  EXPECT_FALSE(deadline_.Passed(After(9099)));
  EXPECT_TRUE(deadline_.Passed(After(9100)));
  // The next one comes in the same turn as the end of this one.
  deadline_.BodyProgress(1);
  deadline_.BeginBody();
  deadline_.Update(Wait::kBody, After(9150));
  EXPECT_FALSE(deadline_.Passed(After(9349)));
  EXPECT_TRUE(deadline_.Passed(After(9350)));
}

TEST_F(DeadlineTest, AClientThatIsStillTakingItsAnswerIsLingeredFor) {
  EXPECT_FALSE(deadline_.LingerOn(0, After(2000))) << "it has everything";
  deadline_.Update(Wait::kLinger, start_);
  EXPECT_TRUE(deadline_.LingerOn(100, After(2000)));
  EXPECT_FALSE(deadline_.Passed(After(3999)));
  EXPECT_TRUE(deadline_.LingerOn(99, After(4000)));
  EXPECT_TRUE(deadline_.LingerOn(99, After(4299)));
  EXPECT_FALSE(deadline_.LingerOn(99, After(4300))) << "nothing was taken for `send`";
  deadline_.Start(Wait::kIdle, After(5000));
  deadline_.Update(Wait::kLinger, After(6000));
  EXPECT_TRUE(deadline_.LingerOn(99, After(8000))) << "another answer";
}

TEST_F(DeadlineTest, ATimerThatIsTooEarlyLooksAgain) {
  deadline_.Start(Wait::kHead, start_);
  // Later than the timer, which stays as it is.
  deadline_.BeginBody();
  deadline_.Update(Wait::kBody, start_);
  do {
    ASSERT_TRUE(Fires());
  } while (!deadline_.Passed(loop_->Now()));
  EXPECT_GE(loop_->Now(), After(200));
}

TEST_F(DeadlineTest, TheTimerMovesToBeEarlier) {
  deadline_.Start(Wait::kIdle, start_);
  deadline_.Update(Wait::kHead, start_);
  ASSERT_TRUE(Fires());
  EXPECT_TRUE(deadline_.Passed(loop_->Now()));
}

}  // namespace
}  // namespace rollport::worker
