#include "os/packets.h"

#include <sched.h>

#include "gtest/gtest.h"

namespace rollport::os {
namespace {

cpu_set_t Allowed() {
  cpu_set_t set;
  EXPECT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
  return set;
}

bool Same(const cpu_set_t& a, const cpu_set_t& b) { return CPU_EQUAL(&a, &b); }

TEST(PacketsTest, AVisitLeavesTheThreadOnTheCpusThatItHad) {
  const cpu_set_t before = Allowed();
  const bool visited = VisitEveryCpu();
  const cpu_set_t after = Allowed();
  EXPECT_TRUE(Same(before, after));
  if (!visited) GTEST_SKIP() << "not all CPUs may be visited here";
}

TEST(PacketsTest, AThreadThatIsBoundToOneCpuVisitsNoneAndStaysBound) {
  const cpu_set_t before = Allowed();
  if (CPU_COUNT(&before) < 2) GTEST_SKIP() << "needs two CPUs";
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_FALSE(VisitEveryCpu());
  EXPECT_TRUE(Same(Allowed(), one));
  // Nor does the wait change that; it uses the other way.
  WaitForPackets();
  EXPECT_TRUE(Same(Allowed(), one));
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

}  // namespace
}  // namespace rollport::os
