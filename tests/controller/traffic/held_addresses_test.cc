#include "controller/traffic/held_addresses.h"

#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/controller/support/live_fleet.h"

namespace rollport::controller {
namespace {

using testing::HasSubstr;

// A port that is free again.
os::SocketAddress FreeAddress() {
  return *os::LocalAddress(os::Bind(*os::SocketAddress::Parse("127.0.0.1:0"))->get());
}

// True if a socket that shares the port with no other can be bound there.
bool IsFree(const os::SocketAddress& address) {
  const os::UniqueFd fd(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage where;
  const socklen_t length = address.ToSockaddr(&where);
  return bind(fd.get(), reinterpret_cast<const sockaddr*>(&where), length) == 0;
}

class HeldAddressesTest : public testing::Test {
 protected:
  LiveFleet fleet_;
  Steerer steerer_{fleet_.loop(), fleet_.diag(), fleet_.workers()};
  HeldAddresses held_{fleet_.diag(), steerer_};
  const os::SocketAddress here_ = FreeAddress(), there_ = FreeAddress();
};

TEST_F(HeldAddressesTest, AHeldAddressIsOursWhileNoWorkerListens) {
  ASSERT_TRUE(IsFree(here_));
  ASSERT_TRUE(held_.Hold({here_}, std::nullopt).ok());
  EXPECT_FALSE(IsFree(here_));
  EXPECT_NE(steerer_.Find(here_), nullptr);
  EXPECT_TRUE(fleet_.diag().DumpListeners(AF_INET, here_.port())->empty())
      << "it is in no group and gets nothing";
}

TEST_F(HeldAddressesTest, AWorkerThatComesAndGoesDoesNotLoseIt) {
  ASSERT_TRUE(held_.Hold({here_}, std::nullopt).ok());
  Puppet& puppet = fleet_.Launch();
  puppet.Close(puppet.Listen(here_));
  EXPECT_FALSE(IsFree(here_));
}

TEST_F(HeldAddressesTest, IfOneIsTakenNoneIsHeldAndItsHolderIsNamed) {
  const os::UniqueFd stranger = *os::ListenAlone(there_, 8);
  const absl::Status status = held_.Hold({here_, there_}, std::nullopt);
  EXPECT_THAT(status.message(), HasSubstr(absl::StrCat("bind on ", there_.ToString())));
  EXPECT_THAT(status.message(), HasSubstr(absl::StrCat("process ", getpid())));
  EXPECT_TRUE(IsFree(here_));
  EXPECT_TRUE(steerer_.groups().empty());
}

TEST_F(HeldAddressesTest, WhatIsHeldAlreadyIsHeldOn) {
  ASSERT_TRUE(held_.Hold({here_}, std::nullopt).ok());
  const Group* group = steerer_.Find(here_);
  ASSERT_TRUE(held_.Hold({here_, there_}, std::nullopt).ok());
  EXPECT_EQ(steerer_.Find(here_), group);
  EXPECT_EQ(steerer_.groups().size(), 2U);
}

TEST_F(HeldAddressesTest, KeepOnlyReleasesTheOthers) {
  ASSERT_TRUE(held_.Hold({here_, there_}, std::nullopt).ok());
  held_.KeepOnly({there_});
  EXPECT_TRUE(IsFree(here_));
  EXPECT_EQ(steerer_.Find(here_), nullptr);
  EXPECT_FALSE(IsFree(there_));
  EXPECT_NE(steerer_.Find(there_), nullptr);
}

}  // namespace
}  // namespace rollport::controller
