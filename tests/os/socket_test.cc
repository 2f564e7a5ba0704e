#include "os/socket.h"

#include <linux/in6.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "gtest/gtest.h"
#include "tests/support/loopback.h"
#include "tests/support/readiness.h"

namespace rollport::os {
namespace {

SocketAddress Address(const char* text) { return *SocketAddress::Parse(text); }

class SocketTest : public testing::TestWithParam<const char*> {};

TEST_P(SocketTest, AConnectionIsAcceptedWithItsAddresses) {
  const UniqueFd listener = *Listen(Address(GetParam()), 16);
  const SocketAddress address = *LocalAddress(listener.get());
  EXPECT_NE(address.port(), 0);
  EXPECT_FALSE((*Accept4(listener.get())).has_value());

  const UniqueFd client = *Connect(address);
  AwaitReadable(listener.get());
  auto accepted = Accept4(listener.get());
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  ASSERT_TRUE(accepted->has_value());
  EXPECT_EQ((*accepted)->peer, *LocalAddress(client.get()));
  EXPECT_EQ(*PeerAddress((*accepted)->fd.get()), (*accepted)->peer);
  AwaitWritable(client.get());
  EXPECT_EQ(PendingError(client.get()), 0);
  EXPECT_FALSE((*Accept4(listener.get())).has_value());
}

TEST_P(SocketTest, SeveralMayListenOnOnePort) {
  const UniqueFd a = *Listen(Address(GetParam()), 16);
  const auto b = Listen(*LocalAddress(a.get()), 16);
  EXPECT_TRUE(b.ok()) << b.status();
}

TEST_P(SocketTest, ABoundSocketDoesNotListen) {
  const UniqueFd bound = *Bind(Address(GetParam()));
  const auto client = Connect(*LocalAddress(bound.get()));
  if (client.ok()) {
    AwaitWritable(client->get());
    EXPECT_EQ(PendingError(client->get()), ECONNREFUSED);
  }
  ASSERT_TRUE(StartListening(bound.get(), 16).ok());
  EXPECT_TRUE(Connect(*LocalAddress(bound.get())).ok());
}

INSTANTIATE_TEST_SUITE_P(Families, SocketTest, testing::ValuesIn(LoopbackAddresses()));

TEST(SocketTest, BothWildcardsShareAPort) {
  if (LoopbackAddresses().size() < 2) GTEST_SKIP() << "no IPv6 here";
  const UniqueFd v4 = *Listen(Address("0.0.0.0:0"), 16);
  const uint16_t port = LocalAddress(v4.get())->port();
  const auto v6 = Listen(Address("[::]:0").with_port(port), 16);
  EXPECT_TRUE(v6.ok()) << v6.status();
}

TEST(SocketTest, AnErrorNamesTheAddress) {
  const UniqueFd plain(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage storage;
  const socklen_t length = Address("127.0.0.1:0").ToSockaddr(&storage);
  ASSERT_EQ(bind(plain.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
  ASSERT_EQ(listen(plain.get(), 1), 0);
  const SocketAddress taken = *LocalAddress(plain.get());
  const auto status = Listen(taken, 16).status();
  EXPECT_EQ(status.message(), "bind on " + taken.ToString() + ": Address already in use");
  EXPECT_EQ(Connect(taken, Address("192.0.2.1:0")).status().message(),
            "bind on 192.0.2.1:0: Cannot assign requested address");
  EXPECT_EQ(LocalAddress(987).status().message(),
            "getsockname on descriptor 987: Bad file descriptor");
}

TEST(SocketTest, AShutDownListenerRefusesThroughEveryDuplicate) {
  const UniqueFd listener = *Listen(Address("127.0.0.1:0"), 16);
  const UniqueFd duplicate(dup(listener.get()));
  const SocketAddress address = *LocalAddress(listener.get());
  ASSERT_TRUE(ShutdownListener(duplicate.get()).ok());
  EXPECT_TRUE(ShutdownListener(listener.get()).ok());
  EXPECT_EQ(Accept4(listener.get()).status().message(),
            "accept4 on " + address.ToString() + ": Invalid argument");
  const auto client = Connect(address);
  if (client.ok()) {
    AwaitWritable(client->get());
    EXPECT_EQ(PendingError(client->get()), ECONNREFUSED);
  }
}

TEST(SocketTest, TheSourceIsTheOneAskedFor) {
  const UniqueFd listener = *Listen(Address("127.0.0.1:0"), 16);
  const SocketAddress source = Address("127.83.1.2:0");
  const UniqueFd client = *Connect(*LocalAddress(listener.get()), source);
  AwaitReadable(listener.get());
  EXPECT_EQ((*Accept4(listener.get()))->peer.with_port(0), source);
}

// What a connection to a listener on [::1] has arrived with.
uint32_t LabelOf(uint32_t flow_label) {
  const UniqueFd listener = *Listen(Address("[::1]:0"), 16);
  const SocketAddress address = *LocalAddress(listener.get());
  const auto client = Connect(address, std::nullopt, flow_label);
  EXPECT_TRUE(client.ok()) << client.status();
  if (!client.ok()) return 0;
  AwaitReadable(listener.get());
  return PeerFlowLabel((*Accept4(listener.get()))->fd.get());
}

TEST(SocketTest, AConnectionCarriesTheFlowLabelAskedFor) {
  if (LoopbackAddresses().size() < 2) GTEST_SKIP() << "no IPv6 here";
  EXPECT_EQ(LabelOf(0x5250), 0x5250U);
  EXPECT_EQ(LabelOf(1), 1U);
  EXPECT_NE(LabelOf(0), 0x5250U);
  const UniqueFd listener = *Listen(Address("127.0.0.1:0"), 16);
  EXPECT_TRUE(Connect(*LocalAddress(listener.get()), std::nullopt, 1).ok()) << "IPv4 has none";
}

TEST(SocketTest, AFlowLabelMayBeUsedWhereSomebodyHasAnotherForHimself) {
  if (LoopbackAddresses().size() < 2) GTEST_SKIP() << "no IPv6 here";
  const UniqueFd other(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  in6_flowlabel_req own = {};
  own.flr_dst = in6addr_loopback;
  own.flr_action = IPV6_FL_A_GET;
  own.flr_share = IPV6_FL_S_EXCL;
  own.flr_flags = IPV6_FL_F_CREATE;
  ASSERT_EQ(setsockopt(other.get(), IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &own, sizeof own), 0);
  EXPECT_EQ(LabelOf(0x5250), 0x5250U);
}

TEST(SocketTest, AConnectionThatDiedInTheQueueIsNoError) {
  const UniqueFd listener = *Listen(Address("127.0.0.1:0"), 16);
  {
    const UniqueFd client = *Connect(*LocalAddress(listener.get()));
    const linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  EXPECT_TRUE(Accept4(listener.get()).ok());
}

}  // namespace
}  // namespace rollport::os
