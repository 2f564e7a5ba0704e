#include "rollout/backoff.h"

#include <algorithm>

#include "gtest/gtest.h"

namespace rollport::rollout {
namespace {

Policy WithJitter(double jitter) {
  Policy policy;
  policy.backoff_first = absl::Seconds(1);
  policy.backoff_max = absl::Seconds(30);
  policy.backoff_jitter = jitter;
  return policy;
}

TEST(BackoffTest, DoublesFromTheSecondFailureOnAndIsBounded) {
  const Policy policy = WithJitter(0);
  uint64_t random = 1;
  const int expected[] = {0, 0, 1, 2, 4, 8, 16, 30, 30};
  for (int failures = 0; failures < 9; ++failures) {
    EXPECT_EQ(Backoff(policy, failures, random), absl::Seconds(expected[failures])) << failures;
  }
  EXPECT_EQ(Backoff(policy, 1'000'000, random), absl::Seconds(30));
  EXPECT_EQ(random, 1U) << "without jitter there is nothing to draw";
}

TEST(BackoffTest, JitterShortensADelayByAtMostItsPart) {
  const Policy policy = WithJitter(0.5);
  uint64_t random = 1;
  absl::Duration shortest = absl::InfiniteDuration(), longest;
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration delay = Backoff(policy, 4, random);
    shortest = std::min(shortest, delay);
    longest = std::max(longest, delay);
  }
  EXPECT_GE(shortest, absl::Seconds(2));
  EXPECT_LE(longest, absl::Seconds(4));
  EXPECT_LT(shortest, absl::Seconds(2.1));
  EXPECT_GT(longest, absl::Seconds(3.9));
}

TEST(BackoffTest, OneSeedGivesTheSameDelays) {
  const Policy policy = WithJitter(0.5);
  uint64_t one = 7, other = 7;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Backoff(policy, 5, one), Backoff(policy, 5, other));
  }
}

}  // namespace
}  // namespace rollport::rollout
