#include "controller/process/socket_owners.h"

#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "gtest/gtest.h"
#include "os/proc.h"
#include "os/socket.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/worker_ids.h"

namespace rollport::controller {
namespace {

class SocketOwnersTest : public testing::Test {
 protected:
  WorkerTable& workers() { return fleet_.workers(); }

  LiveFleet fleet_;
  const os::SocketAddress address_ = fleet_.NewAddress();
};

TEST_F(SocketOwnersTest, ASocketBelongsToTheWorkerWhoseProcessHoldsIt) {
  const uint64_t first = fleet_.Launch().Listen(address_);
  const uint64_t second = fleet_.Launch().Listen(address_);
  const std::optional<SocketOwner> owner = SocketOwners(workers()).Of(second);
  ASSERT_TRUE(owner.has_value());
  EXPECT_EQ(owner->worker, kTwo);
  EXPECT_EQ(owner->pid, fleet_.puppet(kTwo).pid());
  EXPECT_EQ(*os::FindSocketFd(owner->pid, second), owner->fd);
  EXPECT_EQ(SocketOwners(workers()).Of(first)->worker, kOne);
  EXPECT_FALSE(SocketOwners(workers()).In(kOne, second).has_value());
}

TEST_F(SocketOwnersTest, ASocketThatOnlyAChildHoldsBelongsToItsWorkerToo) {
  Puppet& puppet = fleet_.Launch();
  const uint64_t listener = puppet.Listen(address_);
  const pid_t child = puppet.Fork(/*escapes=*/true);
  puppet.Close(listener);
  const std::optional<SocketOwner> owner = SocketOwners(workers()).Of(listener);
  ASSERT_TRUE(owner.has_value());
  EXPECT_EQ(owner->worker, kOne);
  EXPECT_EQ(owner->pid, child);
}

TEST_F(SocketOwnersTest, ASocketOfAStrangerBelongsToNoWorker) {
  fleet_.Launch();
  const os::UniqueFd stranger = *os::Listen(address_, 8);
  struct stat info;
  ASSERT_EQ(fstat(stranger.get(), &info), 0);
  EXPECT_FALSE(SocketOwners(workers()).Of(info.st_ino).has_value());
}

TEST_F(SocketOwnersTest, AnUnlikelyWorkerIsSearchedLast) {
  for (int i = 0; i < 3; ++i) fleet_.Launch();
  const uint64_t listener = fleet_.puppet(kThree).Listen(address_);
  const std::vector<WorkerId> unlikely = {kOne, kTwo};
  SocketOwners owners(workers(), [&] { return unlikely; });
  ASSERT_TRUE(owners.Of(listener).has_value());
  // The others have not been read, so this one is not known to have a listener since.
  const uint64_t later = fleet_.puppet(kThree).Listen(address_);
  EXPECT_FALSE(owners.Of(later).has_value());
  EXPECT_FALSE(owners.In(kThree, later).has_value());
  EXPECT_EQ(SocketOwners(workers(), [&] { return unlikely; }).Of(later)->worker, kThree);
}

}  // namespace
}  // namespace rollport::controller
