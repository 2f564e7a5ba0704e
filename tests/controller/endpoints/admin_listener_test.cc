#include "controller/endpoints/admin_listener.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"

namespace rollport::controller {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string Refusal(const std::string& address) {
  os::SockDiag diag = *os::SockDiag::Create();
  return std::string(ListenAdmin(diag, address).status().message());
}

TEST(AdminListenerTest, ListensForThisFleetAlone) {
  os::SockDiag diag = *os::SockDiag::Create();
  const auto listener = ListenAdmin(diag, "127.0.0.1:0");
  ASSERT_TRUE(listener.ok()) << listener.status();
  const os::SocketAddress address = *os::LocalAddress(listener->get());
  EXPECT_TRUE(os::Connect(address).ok());
  // A worker's socket would share the port with its like.
  EXPECT_FALSE(os::Listen(address, 1).ok());
}

TEST(AdminListenerTest, ATakenAddressIsNamedWithItsHolderAndWhatToDo) {
  const os::UniqueFd taken = *os::ListenAlone(*os::SocketAddress::Parse("127.0.0.1:0"), 1);
  const os::SocketAddress address = *os::LocalAddress(taken.get());
  const std::string next = absl::StrCat("127.0.0.1:", address.port() + 1);
  EXPECT_THAT(Refusal(address.ToString()),
              AllOf(StartsWith("admin: bind on " + address.ToString()),
                    HasSubstr(absl::StrCat("process ", getpid())),
                    HasSubstr("give this fleet an address of its own, such as admin = \"" + next),
                    HasSubstr("or none by admin = \"\"")));
}

TEST(AdminListenerTest, WhatIsNoAddressIsRefused) {
  EXPECT_THAT(Refusal("nowhere"), HasSubstr("nowhere"));
}

}  // namespace
}  // namespace rollport::controller
