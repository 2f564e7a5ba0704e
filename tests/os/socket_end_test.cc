#include "os/socket_end.h"

#include <poll.h>
#include <sys/socket.h>

#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/support/eventually.h"
#include "tests/support/loopback.h"

namespace rollport::os {
namespace {

constexpr size_t kMuch = 500'000;  // bytes

// A connection whose peer reads slowly: it has room for a small part of what is sent to it.
class SocketEndTest : public testing::TestWithParam<const char*> {
 protected:
  SocketEndTest() {
    const UniqueFd listener = *Listen(*SocketAddress::Parse(GetParam()), 1);
    const SocketAddress address = *LocalAddress(listener.get());
    peer_.Reset(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int small = 32 << 10;
    setsockopt(peer_.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    setsockopt(peer_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_storage storage;
    const socklen_t length = address.ToSockaddr(&storage);
    connect(peer_.get(), reinterpret_cast<sockaddr*>(&storage), length);
    auto accepted = *Accept4(listener.get());
    ours_ = std::move(accepted->fd);
  }
  void SendMuch() {
    EXPECT_EQ(send(ours_.get(), std::string(kMuch, 'x').data(), kMuch, MSG_NOSIGNAL),
              static_cast<ssize_t>(kMuch));
  }
  // How many bytes come before the end, or the reset.
  size_t ReadToEnd() {
    size_t sum = 0;
    char bytes[16384];
    for (ssize_t n; (n = recv(peer_.get(), bytes, sizeof bytes, 0)) > 0;) sum += n;
    return sum;
  }

  UniqueFd peer_;
  UniqueFd ours_;
};

TEST_P(SocketEndTest, WhatThePeerHasNotAcknowledgedIsTold) {
  EXPECT_EQ(Unacknowledged(ours_.get()), 0U);
  SendMuch();
  EXPECT_GT(Unacknowledged(ours_.get()), 0U);
  shutdown(ours_.get(), SHUT_WR);
  EXPECT_EQ(ReadToEnd(), kMuch);
  EXPECT_TRUE(Eventually([&] { return Unacknowledged(ours_.get()) == 0; }));
}

TEST_P(SocketEndTest, WhatComesAfterTheCloseResetsTheConnection) {
  SendMuch();
  ours_.Reset();
  send(peer_.get(), "more", 4, MSG_NOSIGNAL);
  EXPECT_LT(ReadToEnd(), kMuch);
}

TEST_P(SocketEndTest, UnlessArrivalsAreDropped) {
  SendMuch();
  ASSERT_TRUE(DropArrivals(ours_.get()).ok());
  ours_.Reset();
  send(peer_.get(), "more", 4, MSG_NOSIGNAL);
  shutdown(peer_.get(), SHUT_WR);  // the FIN is out of place, because bytes before it are lost
  EXPECT_EQ(ReadToEnd(), kMuch);
}

TEST_P(SocketEndTest, WhatHasComeBeforeIsStillThere) {
  ASSERT_EQ(send(peer_.get(), "a", 1, MSG_NOSIGNAL), 1);
  pollfd readable = {.fd = ours_.get(), .events = POLLIN};
  ASSERT_EQ(poll(&readable, 1, 20'000), 1);
  ASSERT_TRUE(DropArrivals(ours_.get()).ok());
  ASSERT_EQ(send(peer_.get(), "b", 1, MSG_NOSIGNAL), 1);
  char got[2];
  EXPECT_EQ(recv(ours_.get(), got, 2, 0), 1);
  EXPECT_EQ(poll(&readable, 1, 50), 0);
}

INSTANTIATE_TEST_SUITE_P(, SocketEndTest, testing::ValuesIn(LoopbackAddresses()));

}  // namespace
}  // namespace rollport::os
