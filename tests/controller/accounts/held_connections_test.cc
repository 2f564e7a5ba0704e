#include "controller/accounts/held_connections.h"

#include <vector>

#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/worker_ids.h"

namespace rollport::controller {
namespace {

class HeldConnectionsTest : public testing::Test {
 protected:
  HeldConnectionsTest() {
    steerer_.Add(address_);
    for (int i = 0; i < 2; ++i) fleet_.Launch();
    listener_ = fleet_.puppet(kOne).Listen(address_);
    EXPECT_TRUE(steerer_.Refresh().ok());
  }
  // Counts a second later.
  void Count() {
    now_ = now_ + absl::Seconds(1);
    held_.Refresh(now_);
    held_.Refresh(now_);  // if the first has run out of time
  }

  LiveFleet fleet_;
  const os::SocketAddress address_ = fleet_.NewAddress();
  Steerer steerer_{fleet_.loop(), fleet_.diag(), fleet_.workers()};
  HeldConnections held_{fleet_.diag(), fleet_.workers(), steerer_};
  uint64_t listener_ = 0;
  Instant now_ = fleet_.loop().Now();
};

TEST_F(HeldConnectionsTest, CountsWhatAWorkerHasAcceptedAndNotWhatWaits) {
  EXPECT_EQ(held_.Of(kOne), std::nullopt);
  std::vector<os::UniqueFd> clients = fleet_.Connect(address_, 3);
  for (int i = 0; i < 2; ++i) fleet_.puppet(kOne).Accept(listener_);
  Count();
  EXPECT_EQ(held_.Of(kOne), 2);
  EXPECT_EQ(held_.Of(kTwo), 0);
}

TEST_F(HeldConnectionsTest, OneThatSeveralProcessesOfAWorkerHoldCountsOnce) {
  std::vector<os::UniqueFd> clients = fleet_.Connect(address_, 2);
  for (int i = 0; i < 2; ++i) fleet_.puppet(kOne).Accept(listener_);
  fleet_.puppet(kOne).Fork(/*escapes=*/false);
  Count();
  EXPECT_EQ(held_.Of(kOne), 2);
}

TEST_F(HeldConnectionsTest, OneThatTheClientHasClosedIsHeldUntilTheWorkerClosesIt) {
  std::vector<os::UniqueFd> clients = fleet_.Connect(address_, 1);
  fleet_.puppet(kOne).Accept(listener_);
  clients.clear();
  Count();
  EXPECT_EQ(held_.Of(kOne), 1);
}

TEST_F(HeldConnectionsTest, IsAsOldAsASecondAndForgetsWorkersThatAreGone) {
  Count();
  std::vector<os::UniqueFd> clients = fleet_.Connect(address_, 1);
  fleet_.puppet(kOne).Accept(listener_);
  held_.Refresh(now_ + absl::Milliseconds(999));
  EXPECT_EQ(held_.Of(kOne), 0);
  Count();
  EXPECT_EQ(held_.Of(kOne), 1);
  fleet_.puppet(kOne).Exit(0);
  fleet_.Reap(kOne);
  Count();
  EXPECT_EQ(held_.Of(kOne), std::nullopt);
}

TEST_F(HeldConnectionsTest, AWorkerThatCountsItselfIsLeftAlone) {
  fleet_.Launch();
  fleet_.page(kThree).Begin();
  Count();
  EXPECT_EQ(held_.Of(kThree), std::nullopt);
}

}  // namespace
}  // namespace rollport::controller
