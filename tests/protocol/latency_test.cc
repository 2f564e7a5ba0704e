#include "protocol/latency.h"

#include "gtest/gtest.h"

namespace rollport::protocol {
namespace {

TEST(LatencyTest, EveryDurationFallsBetweenTheBoundsOfItsBucket) {
  for (uint64_t nanos = 1000; nanos < LatencyBound(kLatencyBuckets); nanos += nanos / 97 + 1) {
    const size_t bucket = LatencyBucket(nanos);
    ASSERT_LT(bucket, kLatencyBuckets);
    EXPECT_LE(LatencyBound(bucket), nanos);
    EXPECT_LT(nanos, LatencyBound(bucket + 1));
  }
}

TEST(LatencyTest, EveryBoundBeginsItsBucket) {
  for (size_t i = 1; i < kLatencyBuckets; ++i) {
    EXPECT_EQ(LatencyBucket(LatencyBound(i)), i);
    EXPECT_EQ(LatencyBucket(LatencyBound(i) - 1), i - 1);
  }
}

TEST(LatencyTest, WhatIsTooShortOrTooLongIsCountedToo) {
  EXPECT_EQ(LatencyBucket(0), 0u);
  EXPECT_EQ(LatencyBucket(999), 0u);
  EXPECT_EQ(LatencyBucket(UINT64_MAX), kLatencyBuckets - 1);
}

}  // namespace
}  // namespace rollport::protocol
