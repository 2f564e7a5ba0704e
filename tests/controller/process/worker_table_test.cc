#include "controller/process/worker_table.h"

#include <sys/ptrace.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/process/socket_owners.h"
#include "gtest/gtest.h"
#include "os/proc.h"
#include "os/socket.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/worker_ids.h"

namespace rollport::controller {
namespace {

class WorkerTableTest : public testing::Test {
 protected:
  WorkerTable& table() { return fleet_.workers(); }

  LiveFleet fleet_;
  const os::SocketAddress address_ = fleet_.NewAddress();
};

// A process that is traced like this does not end when it is killed, before its tracer lets it.
TEST_F(WorkerTableTest, AWorkerThatIsGivenUpIsNoWorkerButIsStillReaped) {
  Puppet& puppet = fleet_.Launch();
  const uint64_t listener = puppet.Listen(address_);
  const pid_t pid = puppet.pid();
  if (ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_TRACEEXIT) != 0) GTEST_SKIP() << "no ptrace(2)";
  EXPECT_FALSE(table().Find(kOne)->IsStuck()) << "it was not killed";
  table().Find(kOne)->Kill();
  EXPECT_TRUE(table().Find(kOne)->IsStuck());
  table().GiveUp(kOne);
  EXPECT_EQ(table().Find(kOne), nullptr);
  EXPECT_FALSE(SocketOwners(table()).Of(listener).has_value());
  EXPECT_TRUE(table().stuck().contains(kOne));
  EXPECT_TRUE(table().Holds(pid));
  ASSERT_TRUE(fleet_.RunUntil([pid] { return os::StateOf(pid).value_or('?') == 't'; }));
  EXPECT_EQ(ptrace(PTRACE_DETACH, pid, nullptr, nullptr), 0);
  EXPECT_TRUE(fleet_.RunUntil([this] { return fleet_.ended(kOne).has_value(); }));
  table().Remove(kOne);
  EXPECT_TRUE(table().stuck().empty());
}

TEST_F(WorkerTableTest, NobodyWaitsForItWhenTheTableGoes) {
  Puppet& puppet = fleet_.Launch();
  const pid_t pid = puppet.pid();
  if (ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_TRACEEXIT) != 0) GTEST_SKIP() << "no ptrace(2)";
  table().Find(kOne)->Kill();
  table().GiveUp(kOne);
  table().Remove(kOne);
  ASSERT_TRUE(fleet_.RunUntil([pid] { return os::StateOf(pid).value_or('?') == 't'; }));
  EXPECT_EQ(ptrace(PTRACE_DETACH, pid, nullptr, nullptr), 0);
}

TEST_F(WorkerTableTest, AWorkerIsFoundByItsPidsAndNotAnyMoreWhenItIsRemoved) {
  const pid_t child = fleet_.Launch().Fork(/*escapes=*/true);
  fleet_.Launch();
  EXPECT_EQ(table().FindByPid(child), table().Find(kOne));
  EXPECT_EQ(table().FindByPid(fleet_.puppet(kTwo).pid()), table().Find(kTwo));
  EXPECT_EQ(table().FindByPid(getpid()), nullptr);
  EXPECT_TRUE(table().Holds(fleet_.puppet(kOne).pid()));
  EXPECT_FALSE(table().Holds(child));
  table().Remove(kTwo);
  EXPECT_EQ(table().Find(kTwo), nullptr);
  EXPECT_EQ(table().FindByPid(fleet_.puppet(kTwo).pid()), nullptr);
  EXPECT_EQ(table().Find(kThree), nullptr);
}

}  // namespace
}  // namespace rollport::controller
