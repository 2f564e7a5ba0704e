#include "os/sock_diag.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "os/packets.h"
#include "os/proc.h"
#include "os/socket.h"
#include "tests/support/eventually.h"
#include "tests/support/listen_elsewhere.h"
#include "tests/support/loopback.h"
#include "tests/support/readiness.h"

namespace rollport::os {
namespace {

class SockDiagTest : public testing::TestWithParam<const char*> {
 protected:
  SockDiag diag_ = *SockDiag::Create();
  UniqueFd listener_ = *Listen(*SocketAddress::Parse(GetParam()), 7);
  SocketAddress address_ = *LocalAddress(listener_.get());
};

TEST_P(SockDiagTest, SeesEveryListenerOfThePortAndNoOther) {
  const UniqueFd second = *Listen(address_, 9);
  const UniqueFd elsewhere = *Listen(address_.with_port(0), 9);
  auto all = *diag_.DumpListeners(address_.family(), address_.port());
  ASSERT_EQ(all.size(), 2U);
  std::ranges::sort(all, {}, &ListenerInfo::accept_limit);
  EXPECT_EQ(all[0].accept_limit, 7U);
  EXPECT_EQ(all[1].accept_limit, 9U);
  EXPECT_NE(all[0].cookie, all[1].cookie);
  for (const ListenerInfo& l : all) {
    EXPECT_EQ(l.local, address_);
    EXPECT_EQ(l.uid, geteuid());
    EXPECT_EQ(l.accept_queue, 0U);
  }
  EXPECT_EQ(*FindSocketFd(getpid(), all[0].inode), listener_.get());
  EXPECT_EQ(*FindSocketFd(getpid(), all[1].inode), second.get());
  const int other = address_.family() == AF_INET ? AF_INET6 : AF_INET;
  EXPECT_TRUE(diag_.DumpListeners(other, address_.port())->empty());
}

TEST_P(SockDiagTest, CountsWhatIsDroppedAtOneListenerAndNotAtItsNeighbour) {
  const UniqueFd full = *Listen(address_.with_port(0), 1);
  const SocketAddress address = *LocalAddress(full.get());
  const auto drops = [&](const SocketAddress& where) {
    return diag_.DumpListeners(where.family(), where.port())->front().drops;
  };
  EXPECT_EQ(drops(address), 0U);
  // Its queue holds two; the SYNs of the others are dropped, and sent again.
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 6; ++i) clients.push_back(*Connect(address));
  EXPECT_TRUE(Eventually([&] { return drops(address) >= 4; }));
  EXPECT_EQ(drops(address_), 0U);
}

TEST_P(SockDiagTest, FollowsAConnectionFromTheQueueToItsEnd) {
  UniqueFd client = *Connect(address_);
  AwaitReadable(listener_.get());
  const SocketAddress peer = *LocalAddress(client.get());
  EXPECT_EQ(diag_.DumpListeners(address_.family(), address_.port())->front().accept_queue, 1U);
  auto found = *diag_.Lookup(address_, peer);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->state, TCP_ESTABLISHED);
  EXPECT_EQ(found->inode, 0U);
  EXPECT_EQ(found->local, address_);
  EXPECT_EQ(found->peer, peer);

  const auto accepted = *Accept4(listener_.get());
  EXPECT_EQ(diag_.DumpListeners(address_.family(), address_.port())->front().accept_queue, 0U);
  const uint64_t cookie = found->cookie;
  found = *diag_.Lookup(address_, peer);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(*FindSocketFd(getpid(), found->inode), accepted->fd.get());
  EXPECT_EQ(found->cookie, cookie);
  EXPECT_EQ(found->uid, geteuid());

  client.Reset();
  AwaitReadable(accepted->fd.get());
  EXPECT_EQ((*diag_.Lookup(address_, peer))->state, TCP_CLOSE_WAIT);
}

TEST_P(SockDiagTest, FindsTheSameSocketAgainAndNoOtherWithItsEnds) {
  UniqueFd client = *Connect(address_);
  AwaitReadable(listener_.get());
  const SocketAddress peer = *LocalAddress(client.get());
  const ConnectionInfo known = **diag_.Lookup(address_, peer);
  const auto again = *diag_.Refind(known);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->cookie, known.cookie);
  ConnectionInfo other = known;
  ++other.cookie;
  EXPECT_EQ(*diag_.Refind(other), std::nullopt);
  other = known;
  other.peer = peer.with_port(9);
  EXPECT_EQ(*diag_.Refind(other), std::nullopt);
}

TEST_P(SockDiagTest, AConnectionThatIsNotThereIsNotTheListener) {
  EXPECT_EQ(*diag_.Lookup(address_, address_.with_port(9)), std::nullopt);
  EXPECT_EQ(*diag_.Lookup(address_.with_port(1), address_.with_port(9)), std::nullopt);
}

TEST_P(SockDiagTest, CountsByState) {
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(*Connect(address_));
    AwaitReadable(listener_.get());
    clients.push_back(std::move((*Accept4(listener_.get()))->fd));
  }
  SocketCounts counts = {};
  ASSERT_TRUE(diag_.BeginCount(address_.family(), address_.port()).ok());
  while (!*diag_.ContinueCount(counts)) AwaitReadable(diag_.fd());
  EXPECT_EQ(counts[TCP_LISTEN], 1U);
  EXPECT_EQ(counts[TCP_ESTABLISHED], 3U);
  EXPECT_EQ(counts[TCP_SYN_RECV], 0U);
}

TEST_P(SockDiagTest, ADumpOfManyComesWhole) {
  ASSERT_TRUE(StartListening(listener_.get(), 4096).ok());
  std::vector<UniqueFd> connections;
  for (int i = 0; i < 600; ++i) {
    connections.push_back(*Connect(address_));
    AwaitReadable(listener_.get());
    connections.push_back(std::move((*Accept4(listener_.get()))->fd));
  }
  const auto all = diag_.DumpConnections(address_.family(), address_.port(), 1U << TCP_ESTABLISHED);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->size(), 600U);
}

TEST(SockDiagKindTest, WhatPutsListenersIntoSeveralGroupsIsTold) {
  if (LoopbackAddresses().size() < 2) GTEST_SKIP() << "no IPv6 here";
  SockDiag diag = *SockDiag::Create();
  const UniqueFd ours = *Listen(*SocketAddress::Parse("[::]:0"), 1);
  const SocketAddress address = *LocalAddress(ours.get());
  const UniqueFd other = ListenElsewhere(address, ElsewhereBy::kDualStack);
  auto all = *diag.DumpListeners(AF_INET6, address.port());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_NE(all[0].v6only, all[1].v6only);
  EXPECT_EQ(all[0].device, 0U);
  const UniqueFd bound = ListenElsewhere(address, ElsewhereBy::kDevice);
  if (!bound.valid()) GTEST_SKIP() << "may not bind to a device";
  all = *diag.DumpListeners(AF_INET6, address.port());
  EXPECT_EQ(std::ranges::count_if(all, [](const auto& l) { return l.device != 0; }), 1);
}

// A dump that takes several datagrams resumes by counting the sockets that it has passed. New
// listeners are first in the kernel's list over IPv4, and last over IPv6.
TEST_P(SockDiagTest, ManyListenersAreAllSeenWhileOthersLeave) {
  constexpr int kStay = 300, kLeave = 150;
  const auto listen = [this](int times) {
    std::vector<UniqueFd> all;
    while (times-- > 0) all.push_back(*Listen(address_, 1));
    return all;
  };
  std::vector<UniqueFd> older = listen(kLeave);
  const std::vector<UniqueFd> stay = listen(kStay);
  std::vector<UniqueFd> younger = listen(kLeave);
  std::atomic<bool> gone = false;
  std::thread leaving([&] {
    for (int i = 0; i < kLeave; ++i) {
      older[i].Reset();
      younger[i].Reset();
      // A pause of another length each time, so that it meets every moment of a dump.
      poll(nullptr, 0, i % 3);
    }
    gone = true;
  });
  int missed = 0;
  for (bool last = false; !last;) {
    last = gone;
    const auto all = diag_.DumpListeners(address_.family(), address_.port());
    if (absl::IsUnavailable(all.status())) continue;
    ASSERT_TRUE(all.ok()) << all.status();
    std::set<uint64_t> seen;
    for (const ListenerInfo& l : *all) seen.insert(l.inode);
    for (const UniqueFd& fd : stay) {
      struct stat st;
      ASSERT_EQ(fstat(fd.get(), &st), 0);
      if (!seen.contains(st.st_ino)) ++missed;
    }
  }
  leaving.join();
  EXPECT_EQ(missed, 0);
  EXPECT_EQ(diag_.DumpListeners(address_.family(), address_.port())->size(), kStay + 1U);
}

INSTANTIATE_TEST_SUITE_P(Families, SockDiagTest, testing::ValuesIn(LoopbackAddresses()));

// Not judged, only shown: what one call costs on this machine.
TEST(SockDiagCostTest, IsShown) {
  SockDiag diag = *SockDiag::Create();
  const UniqueFd listener = *Listen(*SocketAddress::Parse("127.0.0.1:0"), 128);
  const SocketAddress address = *LocalAddress(listener.get());
  const UniqueFd client = *Connect(address);
  const SocketAddress peer = *LocalAddress(client.get());
  const auto cost = [](const char* what, auto question) {
    using Clock = std::chrono::steady_clock;
    constexpr int kTimes = 20;
    const auto start = Clock::now();
    for (int i = 0; i < kTimes; ++i) question();
    const std::chrono::duration<double, std::micro> took = Clock::now() - start;
    std::cout << what << ": " << took.count() / kTimes << " us\n";
  };
  cost("DumpListeners", [&] { EXPECT_TRUE(diag.DumpListeners(AF_INET, address.port()).ok()); });
  cost("DumpHandshakes", [&] { EXPECT_TRUE(diag.DumpHandshakes(AF_INET, address.port()).ok()); });
  cost("Lookup", [&] { EXPECT_TRUE((*diag.Lookup(address, peer)).has_value()); });
  const ConnectionInfo known = **diag.Lookup(address, peer);
  cost("Refind", [&] { EXPECT_TRUE((*diag.Refind(known)).has_value()); });
  cost("WaitForPackets", [] { WaitForPackets(); });
}

}  // namespace
}  // namespace rollport::os
