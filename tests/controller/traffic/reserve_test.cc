#include "controller/traffic/reserve.h"

#include <unistd.h>

#include <iostream>
#include <utility>

#include "gtest/gtest.h"
#include "os/port_holder.h"
#include "os/socket.h"
#include "tests/support/loopback.h"

namespace rollport::controller {
namespace {

// What Reserve says to an ordinary user; ends this process.
[[noreturn]] void ReserveAsNobody(const char* address) {
  constexpr uid_t kNobody = 65534;
  if (geteuid() == 0 && setuid(kNobody) != 0) _exit(2);
  os::SockDiag diag = *os::SockDiag::Create();
  const auto reserved = Reserve(diag, {*os::SocketAddress::Parse(address)}, std::nullopt);
  std::cerr << reserved.status().message() << std::endl;
  _exit(reserved.ok() ? 0 : 1);
}

TEST(ReserveDeathTest, ALowPortIsRefusedWithWhatItNeeds) {
  EXPECT_EXIT(ReserveAsNobody("127.0.0.1:1"), testing::ExitedWithCode(1),
              "^bind on 127.0.0.1:1: Permission denied: ports below [0-9]+ are for root, and for "
              "programs with CAP_NET_BIND_SERVICE\n$");
}

TEST(ReserveDeathTest, AnyOtherPortIsHadByAnybody) {
  EXPECT_EXIT(ReserveAsNobody("127.0.0.1:0"), testing::ExitedWithCode(0), "");
}

TEST(ReserveTest, AnAddressThatThisHostDoesNotHaveIsToldFromOneThatIsTaken) {
  os::SockDiag diag = *os::SockDiag::Create();
  const os::SocketAddress elsewhere = *os::SocketAddress::Parse("192.0.2.1:80");
  const auto missing = Reserve(diag, {elsewhere}, std::nullopt);
  ASSERT_FALSE(missing.ok());
  EXPECT_TRUE(os::IsNoAddressHere(missing.status())) << missing.status();
  EXPECT_EQ(missing.status().message(), "bind on 192.0.2.1:80: Cannot assign requested address");

  const os::UniqueFd alone = *os::ListenAlone(*os::SocketAddress::Parse("127.0.0.1:0"), 1);
  const auto taken = Reserve(diag, {*os::LocalAddress(alone.get())}, std::nullopt);
  ASSERT_FALSE(taken.ok());
  EXPECT_FALSE(os::IsNoAddressHere(taken.status())) << taken.status();
}

class ReservedTest : public testing::TestWithParam<const char*> {
 protected:
  ReservedTest() {
    os::SockDiag diag = *os::SockDiag::Create();
    held_ = std::move((*Reserve(diag, {*os::SocketAddress::Parse(GetParam())}, std::nullopt))[0]);
    address_ = *os::LocalAddress(held_.get());
  }
  os::UniqueFd held_;
  os::SocketAddress address_ = *os::SocketAddress::Parse("127.0.0.1:0");
};

TEST_P(ReservedTest, NobodyWithoutReuseportCanListenThere) {
  EXPECT_FALSE(os::ListenAlone(address_, 1).ok()) << "it has SO_REUSEADDR";
  held_.Reset();
  EXPECT_TRUE(os::ListenAlone(address_, 1).ok());
}

TEST_P(ReservedTest, AWorkerCanListenThereAgainAndAgain) {
  for (int i = 0; i < 2; ++i) {
    const os::UniqueFd one = *os::Listen(address_, 8), two = *os::Listen(address_, 8);
    // Closed by the server first, so that it leaves a TIME_WAIT.
    os::UniqueFd client = *os::Connect(address_);
    for (bool closed = false; !closed;) {
      for (const int listener : {one.get(), two.get()})
        closed |= (*os::Accept4(listener)).has_value();
    }
    client.Reset();
  }
  EXPECT_FALSE(os::ListenAlone(address_, 1).ok());
}

INSTANTIATE_TEST_SUITE_P(Families, ReservedTest, testing::ValuesIn(LoopbackAddresses()));

}  // namespace
}  // namespace rollport::controller
