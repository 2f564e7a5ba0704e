// Half-open handshakes when their listener retires, at a round trip of 200 ms.

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "gtest/gtest.h"
#include "os/packets.h"
#include "os/reuseport.h"
#include "os/sock_diag.h"
#include "os/socket.h"
#include "steering/compile.h"
#include "tests/steering/live/live_group.h"
#include "tests/support/delayed_network.h"

namespace rollport::steering {
namespace {

using Side = DelayedNetwork::Side;

constexpr size_t kClients = 16;
constexpr uint16_t kPort = 8080;

// What became of the clients.
struct Tally {
  int answered = 0;
  int lost = 0;
};

// Two members of a group on the server's side, and clients on the other. Lives in a process that
// is on the server's side.
class Scene {
 public:
  Scene(const DelayedNetwork& network, Family family)
      : network_(network), family_(family == Family::kIpv4 ? AF_INET : AF_INET6) {
    SteerTo(0);
  }

  // Steers every new connection to one of the two.
  void SteerTo(size_t index) {
    std::vector<uint32_t> weights(2, 0);
    weights[index] = 1;
    const Family family = family_ == AF_INET ? Family::kIpv4 : Family::kIpv6;
    ASSERT_TRUE(os::AttachProgram(listeners_[1].get(), Compile(family, weights)).ok());
  }

  // Starts all clients at once, so that they are half open together.
  void StartClients() {
    clients_ = *network_.OpenAll(Side::kClient, [&]() -> absl::StatusOr<Fds> {
      Fds clients;
      for (size_t i = 0; i < kClients; ++i) {
        ASSIGN_OR_RETURN(os::UniqueFd client, os::Connect(address_));
        clients.push_back(std::move(client));
      }
      return clients;
    });
  }

  std::vector<os::ConnectionInfo> Handshakes() { return *diag_.DumpHandshakes(family_, kPort); }

  // Waits until every client's handshake is half open, and returns them.
  std::vector<os::ConnectionInfo> AwaitHandshakes() {
    std::vector<os::ConnectionInfo> all = Handshakes();
    for (int i = 0; all.size() < kClients && i < 10'000; ++i) {
      poll(nullptr, 0, 1);
      all = Handshakes();
    }
    EXPECT_EQ(all.size(), kClients);
    return all;
  }

  // Waits until none of `handshakes` is half open any more.
  void AwaitEnd(const std::vector<os::ConnectionInfo>& handshakes) {
    for (const os::ConnectionInfo& h : handshakes) {
      while (true) {
        const auto found = *diag_.Refind(h);
        if (!found || found->state != TCP_SYN_RECV) break;
        poll(nullptr, 0, 1);
      }
    }
  }

  // Accepts every connection that waits at a listener, and answers each with one byte.
  void Serve(size_t index) {
    while (true) {
      auto accepted = *os::Accept4(listeners_[index].get());
      if (!accepted) return;
      EXPECT_EQ(write(accepted->fd.get(), "x", 1), 1);
      served_.push_back(std::move(accepted->fd));
    }
  }

  void Close(size_t index) { listeners_[index].Reset(); }

  // Serves with the second listener until every client has its byte or its error.
  Tally AwaitClients() {
    Tally tally;
    while (!clients_.empty()) {
      if (listeners_[1].valid()) Serve(1);
      std::erase_if(clients_, [&](const os::UniqueFd& client) {
        char byte;
        const ssize_t n = recv(client.get(), &byte, 1, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == ENOTCONN)) return false;
        n == 1 ? ++tally.answered : ++tally.lost;
        return true;
      });
      poll(nullptr, 0, 1);
    }
    return tally;
  }

 private:
  const DelayedNetwork& network_;
  int family_;
  os::SocketAddress address_ = DelayedNetwork::Address(Side::kServer, family_, kPort);
  os::UniqueFd listeners_[2] = {*os::Listen(address_, 128), *os::Listen(address_, 128)};
  os::SockDiag diag_ = *os::SockDiag::Create();
  std::vector<os::UniqueFd> clients_;
  std::vector<os::UniqueFd> served_;
};

class HandshakeLiveTest : public testing::TestWithParam<Family> {
 protected:
  void SetUp() override {
    auto network = DelayedNetwork::Create({.one_way = absl::Milliseconds(100)});
    if (!network.ok()) GTEST_SKIP() << "no delayed network here: " << network.status().message();
    network_ = *std::move(network);
  }

  // Runs a test's body on the server's side.
  void OnServer(const std::function<void(Scene*)>& body) {
    const auto result = network_->Run(Side::kServer, [&] {
      Scene scene(*network_, GetParam());
      body(&scene);
      return HasFailure() ? 1 : 0;
    });
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(*result, 0) << "see above";
  }

  std::unique_ptr<DelayedNetwork> network_;
};

TEST_P(HandshakeLiveTest, AreSeenFromTheSynOn) {
  OnServer([](Scene* scene) {
    scene->StartClients();
    const auto handshakes = scene->AwaitHandshakes();
    os::SockDiag diag = *os::SockDiag::Create();
    const auto one = *diag.Lookup(handshakes[0].local, handshakes[0].peer);
    ASSERT_TRUE(one.has_value());
    EXPECT_EQ(one->state, TCP_SYN_RECV);
    EXPECT_EQ(one->inode, 0U);
    scene->AwaitEnd(handshakes);
    const auto same = *diag.Lookup(handshakes[0].local, handshakes[0].peer);
    ASSERT_TRUE(same.has_value());
    EXPECT_EQ(same->state, TCP_ESTABLISHED);
    EXPECT_EQ(same->cookie, one->cookie);
  });
}

TEST_P(HandshakeLiveTest, AreLostWhenTheirListenerClosesAtOnce) {
  OnServer([](Scene* scene) {
    scene->StartClients();
    scene->AwaitHandshakes();
    scene->SteerTo(1);
    scene->Close(0);
    const Tally tally = scene->AwaitClients();
    EXPECT_EQ(tally.lost, static_cast<int>(kClients));
    EXPECT_EQ(tally.answered, 0);
  });
}

TEST_P(HandshakeLiveTest, AreKeptWhenTheirListenerWaitsForThem) {
  OnServer([](Scene* scene) {
    scene->StartClients();
    EXPECT_FALSE(scene->AwaitHandshakes().empty());
    scene->SteerTo(1);
    os::WaitForPackets();
    scene->AwaitEnd(scene->Handshakes());
    scene->Serve(0);
    scene->Close(0);
    const Tally tally = scene->AwaitClients();
    EXPECT_EQ(tally.lost, 0);
    EXPECT_EQ(tally.answered, static_cast<int>(kClients));
  });
}

TEST_P(HandshakeLiveTest, MoveWithTheKernelsOwnMigration) {
  const auto allowed = network_->Run(Side::kServer, [] { return SetMigrateRequests() ? 0 : 1; });
  if (*allowed != 0) GTEST_SKIP() << "may not set net.ipv4.tcp_migrate_req here";
  OnServer([](Scene* scene) {
    scene->StartClients();
    scene->AwaitHandshakes();
    scene->SteerTo(1);
    scene->Close(0);
    const Tally tally = scene->AwaitClients();
    EXPECT_EQ(tally.answered, static_cast<int>(kClients));
  });
}

INSTANTIATE_TEST_SUITE_P(Families, HandshakeLiveTest, testing::ValuesIn(LiveFamilies()),
                         FamilyName);

}  // namespace
}  // namespace rollport::steering
