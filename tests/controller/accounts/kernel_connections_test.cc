#include "controller/accounts/kernel_connections.h"

#include <netinet/tcp.h>

#include <vector>

#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/controller/support/listening_fleet.h"
#include "tests/support/eventually.h"

namespace rollport::controller {
namespace {

class KernelConnectionsTest : public testing::Test {
 protected:
  void Turn() { EXPECT_TRUE(fleet_.loop->Turn(absl::Milliseconds(1)).ok()); }
  // Begins anew, and returns the turns that it takes.
  int Count() {
    connections_.Start();
    int turns = 0;
    EXPECT_TRUE(Eventually([&] {
      Turn();
      ++turns;
      return connections_.last().has_value();
    }));
    return turns;
  }
  uint32_t InState(int state) const { return (*connections_.last())[static_cast<size_t>(state)]; }

  ListeningFleet fleet_{2};
  KernelConnections connections_{*fleet_.loop, fleet_.traffic.steerer()};
};

TEST_F(KernelConnectionsTest, ManyAreCountedInPieces) {
  constexpr int kMany = 1'500;
  // The port counts, on whatever address.
  const os::SocketAddress other =
      os::SocketAddress::Parse("127.0.0.2:0")->with_port(fleet_.address.port());
  const os::UniqueFd listener = *os::Listen(other, kMany);
  std::vector<os::UniqueFd> clients;
  clients.reserve(kMany);
  for (int i = 0; i < kMany; ++i) clients.push_back(*os::Connect(other));
  connections_.Start();
  EXPECT_FALSE(connections_.last().has_value());
  EXPECT_GT(Count(), 3);
  EXPECT_EQ(InState(TCP_LISTEN), 3U);
  EXPECT_EQ(InState(TCP_ESTABLISHED), uint32_t{kMany});
}

TEST_F(KernelConnectionsTest, TheLastCountIsKeptUntilTheNextOneIsComplete) {
  Count();
  const os::UniqueFd client = *os::Connect(fleet_.address);
  connections_.Start();
  EXPECT_EQ(InState(TCP_ESTABLISHED), 0U);
  EXPECT_TRUE(Eventually([&] {
    Turn();
    return InState(TCP_ESTABLISHED) == 1;
  }));
  connections_.Stop();
}

}  // namespace
}  // namespace rollport::controller
