#include "controller/traffic/reserve.h"

#include <unistd.h>

#include <iostream>

#include "gtest/gtest.h"

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

}  // namespace
}  // namespace rollport::controller
