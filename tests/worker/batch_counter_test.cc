#include "worker/batch_counter.h"

#include "gtest/gtest.h"

namespace rollport::worker {
namespace {

TEST(BatchCounterTest, WhatWasReportedInOneTurnIsOneBatch) {
  BatchCounter batches;
  const Instant turn = Instant::FromNanos(5), next = Instant::FromNanos(6);
  batches.Join(turn, /*reported=*/true);
  const uint64_t first = batches.current();
  batches.Join(turn, true);
  EXPECT_EQ(batches.current(), first);
  batches.Join(next, true);
  EXPECT_GT(batches.current(), first);
}

TEST(BatchCounterTest, WhatMayHaveComeLaterIsABatchOfItsOwn) {
  BatchCounter batches;
  const Instant turn = Instant::FromNanos(5);
  batches.Join(turn, true);
  const uint64_t first = batches.current();
  batches.Join(turn, /*reported=*/false);
  const uint64_t second = batches.current();
  EXPECT_GT(second, first);
  batches.Join(turn, false);
  EXPECT_GT(batches.current(), second);
}

}  // namespace
}  // namespace rollport::worker
