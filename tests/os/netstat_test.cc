#include "os/netstat.h"

#include "gtest/gtest.h"

namespace rollport::os {
namespace {

TEST(NetstatTest, TakesEachCounterByItsName) {
  const TcpCounters counters = ParseTcpCounters(
      "TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPMigrateReqSuccess "
      "TCPMigrateReqFailure\n"
      "TcpExt: 1 22 333 4444 5\n"
      "IpExt: ListenDrops\n"
      "IpExt: 9\n");
  EXPECT_EQ(counters.listen_overflows, 22);
  EXPECT_EQ(counters.listen_drops, 333);
  EXPECT_EQ(counters.migrate_request_success, 4444);
  EXPECT_EQ(counters.migrate_request_failure, 5);
}

TEST(NetstatTest, ACounterThatTheKernelLacksIsZero) {
  const TcpCounters counters = ParseTcpCounters("TcpExt: ListenDrops\nTcpExt: 7\n");
  EXPECT_EQ(counters.listen_drops, 7);
  EXPECT_EQ(counters.migrate_request_success, 0);
}

TEST(NetstatTest, ReadsThisKernels) {
  const absl::StatusOr<TcpCounters> counters = ReadTcpCounters();
  ASSERT_TRUE(counters.ok()) << counters.status();
  EXPECT_GE(counters->listen_drops, counters->listen_overflows);
}

}  // namespace
}  // namespace rollport::os
