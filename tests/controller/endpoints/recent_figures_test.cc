#include "controller/endpoints/recent_figures.h"

#include "gtest/gtest.h"
#include "protocol/latency.h"

namespace rollport::controller {
namespace {

class RecentFiguresTest : public testing::Test {
 protected:
  RecentFiguresTest() { Second(); }
  void Answer(int count, size_t code_class, absl::Duration latency) {
    totals_.responses[code_class] += static_cast<uint64_t>(count);
    const auto nanos = static_cast<uint64_t>(absl::ToInt64Nanoseconds(latency));
    totals_.latency[protocol::LatencyBucket(nanos)] += static_cast<uint64_t>(count);
  }
  void Second(absl::Duration length = absl::Seconds(1)) {
    now_ = now_ + length;
    clock_ += length;
    figures_.Take(now_, clock_, totals_);
  }
  FigurePoint Last() { return figures_.After(0).back(); }

  Instant now_;
  absl::Time clock_ = absl::FromUnixSeconds(1'700'000'000);
  metrics::PageCounts totals_;
  RecentFigures figures_;
};

TEST_F(RecentFiguresTest, APointHasWhatWasAnsweredInItsSecond) {
  EXPECT_TRUE(figures_.After(0).empty());
  Answer(40, 2, absl::Milliseconds(1));
  Answer(2, 5, absl::Milliseconds(1));
  Second();
  Answer(7, 4, absl::Milliseconds(1));
  Second(absl::Seconds(3));
  const std::vector<FigurePoint> points = figures_.After(0);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].requests, 42U);
  EXPECT_EQ(points[0].errors, 2U);
  EXPECT_EQ(points[0].length, absl::Seconds(1));
  EXPECT_EQ(points[1].requests, 7U);
  EXPECT_EQ(points[1].errors, 0U);
  EXPECT_EQ(points[1].length, absl::Seconds(3));
  EXPECT_EQ(points[1].at, clock_);
}

TEST_F(RecentFiguresTest, LatencyIsOfTheLastFivePoints) {
  EXPECT_EQ(figures_.After(0).size(), 0U);
  Second();
  EXPECT_EQ(Last().p50, std::nullopt);
  Answer(98, 2, absl::Milliseconds(2));
  Answer(2, 2, absl::Milliseconds(200));
  Second();
  // To within the quarter that a bucket is wide.
  EXPECT_NEAR(*Last().p50, 0.002, 0.0005);
  EXPECT_NEAR(*Last().p99, 0.2, 0.05);
  for (int i = 0; i < 4; ++i) Second();
  EXPECT_TRUE(Last().p50.has_value());
  Second();
  EXPECT_EQ(Last().p50, std::nullopt);
}

TEST_F(RecentFiguresTest, ARequestBeyondTheLastBoundIsThere) {
  Answer(1, 2, absl::Hours(1));
  Second();
  EXPECT_GT(*Last().p99, 50);
}

TEST_F(RecentFiguresTest, KeepsTheLastFiveMinutesUnderTheirNumbers) {
  for (int i = 0; i < 1000; ++i) Second();
  EXPECT_EQ(figures_.After(0).size(), RecentFigures::kKeep);
  EXPECT_EQ(figures_.After(0).front().number, 701);
  ASSERT_EQ(figures_.After(998).size(), 2U);
  EXPECT_EQ(figures_.After(998).front().number, 999);
  EXPECT_TRUE(figures_.After(1000).empty());
}

}  // namespace
}  // namespace rollport::controller
