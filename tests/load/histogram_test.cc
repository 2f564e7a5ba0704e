#include "load/histogram.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace rollport::load {
namespace {

TEST(HistogramTest, AnEmptyOneIsAllZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.Quantile(0.5), absl::ZeroDuration());
  EXPECT_EQ(histogram.Mean(), absl::ZeroDuration());
  EXPECT_EQ(histogram.max(), absl::ZeroDuration());
}

TEST(HistogramTest, SmallValuesAndTheMaximumAreExact) {
  Histogram histogram;
  for (const int nanos : {1, 2, 3, 127, 1'000'001}) histogram.Add(absl::Nanoseconds(nanos));
  EXPECT_EQ(histogram.Quantile(0.2), absl::Nanoseconds(1));
  EXPECT_EQ(histogram.Quantile(0.6), absl::Nanoseconds(3));
  EXPECT_EQ(histogram.Quantile(0.8), absl::Nanoseconds(127));
  EXPECT_EQ(histogram.Quantile(1), absl::Nanoseconds(1'000'001));
}

TEST(HistogramTest, EveryQuantileIsWithinOnePerCentOfTheSortedList) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<> nanos(11, 3);
  Histogram histogram, half, other_half;
  std::vector<double> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(std::floor(std::min(nanos(random), 4e12)));
    const absl::Duration value = absl::Nanoseconds(values.back());
    histogram.Add(value);
    (i % 2 == 0 ? half : other_half).Add(value);
  }
  half.Merge(other_half);
  std::sort(values.begin(), values.end());
  for (const double fraction : {0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const size_t rank = static_cast<size_t>(std::ceil(fraction * 20'000)) - 1;
    const double found = absl::ToDoubleNanoseconds(histogram.Quantile(fraction));
    EXPECT_GE(found, values[rank]) << fraction;
    EXPECT_LE(found, values[rank] * 1.01) << fraction;
    EXPECT_EQ(half.Quantile(fraction), histogram.Quantile(fraction)) << fraction;
  }
}

TEST(HistogramTest, ValuesOutOfRangeAreClamped) {
  Histogram histogram;
  histogram.Add(absl::Seconds(-1));
  histogram.Add(absl::InfiniteDuration());
  EXPECT_EQ(histogram.Quantile(0.5), absl::ZeroDuration());
  EXPECT_GT(histogram.max(), absl::Hours(1));
}

}  // namespace
}  // namespace rollport::load
