#include "os/sysctl.h"

#include <fstream>
#include <optional>

#include "gtest/gtest.h"
#include "tests/support/delayed_network.h"

namespace rollport::os {
namespace {

TEST(SysctlTest, ReadsANumberByItsName) {
  int64_t expected = 0;
  std::ifstream("/proc/sys/kernel/pid_max") >> expected;
  ASSERT_GT(expected, 0);
  EXPECT_EQ(ReadSysctl("kernel.pid_max"), expected);
}

TEST(SysctlTest, WhatIsNotThereOrNoNumberHasNoValue) {
  EXPECT_EQ(ReadSysctl("net.ipv4.no_such_setting"), std::nullopt);
  EXPECT_EQ(ReadSysctl("net.ipv4"), std::nullopt);
  EXPECT_EQ(ReadSysctl("kernel.ostype"), std::nullopt);
}

TEST(SysctlTest, SeesWhetherRequestsMigrateInItsOwnNetwork) {
  const auto network = DelayedNetwork::Create();
  if (!network.ok()) GTEST_SKIP() << network.status();
  const auto off_then_on = [] {
    if (!ReadSysctl(kTcpMigrateReq).has_value()) return 2;
    const bool before = MigratesRequests();
    return !before && SetMigrateRequests() && MigratesRequests() ? 0 : 1;
  };
  const int result = *(*network)->Run(DelayedNetwork::Side::kServer, off_then_on);
  if (result == 2) GTEST_SKIP() << "this kernel has no tcp_migrate_req";
  EXPECT_EQ(result, 0);
}

TEST(SysctlTest, KnowsTheFirstPortThatNeedsNoPrivilege) {
  const int64_t first = FirstUnprivilegedPort();
  EXPECT_EQ(first, ReadSysctl("net.ipv4.ip_unprivileged_port_start").value_or(1024));
  EXPECT_GE(first, 0);
  EXPECT_LE(first, 65535);
}

TEST(SysctlTest, KnowsWhichPortsTheKernelChooses) {
  EXPECT_FALSE(ChoosesPortsBetween(61184, 65279, "32768\t60999\n", "\n"));
  EXPECT_TRUE(ChoosesPortsBetween(61184, 65279, "1024\t65535\n", "\n"));
  EXPECT_TRUE(ChoosesPortsBetween(61184, 65279, "1024\t61184\n", "\n"));
  EXPECT_TRUE(ChoosesPortsBetween(61184, 65279, "65279\t65535\n", "80,8080-8090\n"));
  EXPECT_FALSE(ChoosesPortsBetween(61184, 65279, "1024\t65535\n", "80,61184-65279\n"));
  EXPECT_TRUE(ChoosesPortsBetween(61184, 65279, "1024\t65535\n", "61184-62000,62002-65535\n"));
  EXPECT_FALSE(ChoosesPortsBetween(61184, 65279, "", "")) << "it is not known";
  EXPECT_TRUE(ChoosesPortsBetween(1, 65535));
}

}  // namespace
}  // namespace rollport::os
