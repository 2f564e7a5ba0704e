#include "controller/accounts/canary_judge.h"

#include "gmock/gmock.h"

namespace rollport::controller {
namespace {

using testing::HasSubstr;

// What a worker has served: `requests` requests, each of which took `nanos`.
Served Requests(uint64_t requests, uint64_t errors, uint64_t nanos) {
  Served served{.requests = requests, .errors = errors};
  served.latency[protocol::LatencyBucket(nanos)] = requests;
  return served;
}

constexpr uint64_t kMilli = 1'000'000;
const fleet_file::RollSettings kLimits{
    .canary_min_requests = 100, .canary_errors = 1, .canary_latency = 2};

TEST(CanaryJudgeTest, ACanaryLikeTheFormerGenerationIsNotWorse) {
  EXPECT_EQ(WhyWorse(Requests(200, 1, kMilli), Requests(4000, 20, kMilli), kLimits), std::nullopt);
}

TEST(CanaryJudgeTest, FewRequestsProveNothing) {
  EXPECT_EQ(WhyWorse(Requests(99, 99, kMilli), Requests(4000, 0, kMilli), kLimits), std::nullopt);
  EXPECT_EQ(WhyWorse(Requests(4000, 99, kMilli), Requests(99, 0, kMilli), kLimits), std::nullopt);
}

TEST(CanaryJudgeTest, MoreErrorsThanAllowedAreTold) {
  const auto why = WhyWorse(Requests(200, 6, kMilli), Requests(4000, 40, kMilli), kLimits);
  ASSERT_TRUE(why.has_value());
  EXPECT_THAT(*why, HasSubstr("answers 3 % of requests with 5xx (6 of 200), the former generation "
                              "1 %"));
  // 2 % are exactly one hundredth more.
  EXPECT_EQ(WhyWorse(Requests(200, 4, kMilli), Requests(4000, 40, kMilli), kLimits), std::nullopt);
}

TEST(CanaryJudgeTest, LongerTimesThanAllowedAreTold) {
  const auto why = WhyWorse(Requests(200, 0, 50 * kMilli), Requests(4000, 0, 10 * kMilli), kLimits);
  ASSERT_TRUE(why.has_value());
  EXPECT_THAT(*why, HasSubstr("canary_latency allows 2 times that"));
}

TEST(CanaryJudgeTest, AFewSlowRequestsAndColdCachesAreNotWorse) {
  Served canary = Requests(190, 0, 10 * kMilli);
  canary += Requests(10, 0, 500 * kMilli);
  EXPECT_EQ(WhyWorse(canary, Requests(4000, 0, 10 * kMilli), kLimits), std::nullopt);
  EXPECT_EQ(WhyWorse(Requests(200, 0, 900'000), Requests(4000, 0, 50'000), kLimits), std::nullopt);
}

TEST(CanaryJudgeTest, OnlyWhatWasServedSinceCounts) {
  Served served = Requests(5000, 300, kMilli);
  served -= Requests(4800, 300, kMilli);
  EXPECT_EQ(served.requests, 200u);
  EXPECT_EQ(served.errors, 0u);
  EXPECT_EQ(WhyWorse(served, Requests(4000, 0, kMilli), kLimits), std::nullopt);
}

}  // namespace
}  // namespace rollport::controller
