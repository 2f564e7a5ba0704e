#include "tests/support/delayed_network.h"

#include <linux/capability.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "os/child.h"
#include "os/socket.h"

namespace rollport {
namespace {

using Side = DelayedNetwork::Side;

double NowMillis() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return static_cast<double>(ts.tv_sec) * 1e3 + static_cast<double>(ts.tv_nsec) / 1e6;
}

// How long it takes to connect from the client's side to the server's; negative if it fails.
double MillisToConnect(const DelayedNetwork& network) {
  const auto address = DelayedNetwork::Address(Side::kServer, AF_INET, 8080);
  const os::UniqueFd listener =
      *network.Open(Side::kServer, [&] { return os::Listen(address, 16); });
  const double start = NowMillis();
  const os::UniqueFd client = *network.Open(Side::kClient, [&] { return os::Connect(address); });
  pollfd p = {.fd = client.get(), .events = POLLOUT};
  if (poll(&p, 1, 20'000) != 1 || os::PendingError(client.get()) != 0) return -1;
  return NowMillis() - start;
}

class DelayedNetworkTest : public testing::Test {
 protected:
  std::unique_ptr<DelayedNetwork> Create(const RelayOptions& options) {
    auto network = DelayedNetwork::Create(options);
    if (network.ok()) return *std::move(network);
    reason_ = network.status().ToString();
    return nullptr;
  }
  std::string reason_;
};

TEST_F(DelayedNetworkTest, APacketTakesItsTimeEachWay) {
  const auto network = Create({.one_way = absl::Milliseconds(30)});
  if (network == nullptr) GTEST_SKIP() << reason_;
  EXPECT_GE(MillisToConnect(*network), 60);
}

TEST_F(DelayedNetworkTest, LostPacketsAreSentAgain) {
  const auto network = Create({.one_way = absl::Milliseconds(1), .loss = 0.3, .seed = 2});
  if (network == nullptr) GTEST_SKIP() << reason_;
  EXPECT_GE(MillisToConnect(*network), 0);
}

TEST_F(DelayedNetworkTest, TheSidesAreApartAndEachRunsItsOwnFunction) {
  const auto network = Create({});
  if (network == nullptr) GTEST_SKIP() << reason_;
  const auto binds = [](Side side) {
    return os::Bind(DelayedNetwork::Address(side, AF_INET, 0)).ok() ? 0 : 7;
  };
  EXPECT_EQ(*network->Run(Side::kServer, [&] { return binds(Side::kServer); }), 0);
  EXPECT_EQ(*network->Run(Side::kServer, [&] { return binds(Side::kClient); }), 7);
  EXPECT_EQ(*network->Run(Side::kClient, [&] { return binds(Side::kClient); }), 0);
}

TEST_F(DelayedNetworkTest, AnExecutableRunsOnASide) {
  const auto network = Create({});
  if (network == nullptr) GTEST_SKIP() << reason_;
  os::LaunchSpec spec = {.path = "/bin/grep", .argv = {"grep", "-q", "delayed", "/proc/net/dev"}};
  EXPECT_FALSE(os::Child::Launch(spec)->Wait()->clean());
  spec.before_exec = [&] { return network->Enter(Side::kClient); };
  EXPECT_TRUE(os::Child::Launch(spec)->Wait()->clean());
}

TEST_F(DelayedNetworkTest, LeavesNoProcess) {
  if (Create({}) == nullptr) GTEST_SKIP() << reason_;
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

// Gives up the capabilities of this process for good, except the one without which root cannot be
// mapped into a user namespace; an ordinary user does not need it: user_namespaces(7).
bool DropCapabilities() {
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct left[2] = {};
  if (geteuid() == 0) left[0].effective = left[0].permitted = 1U << CAP_SETFCAP;
  return syscall(SYS_capset, &header, left) == 0;
}

TEST_F(DelayedNetworkTest, NeedsNoPrivilegeIfUserNamespacesAreAllowed) {
  const pid_t pid = fork();
  if (pid == 0) {
    if (!DropCapabilities()) _exit(1);
    const auto network = Create({.one_way = absl::Milliseconds(5)});
    if (network == nullptr) std::fprintf(stderr, "%s\n", reason_.c_str());
    _exit(network == nullptr ? 2 : MillisToConnect(*network) >= 10 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "not allowed here: see above";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace rollport
