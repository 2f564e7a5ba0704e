#include "os/closed_connections.h"

#include <poll.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "os/sock_diag.h"
#include "os/socket.h"
#include "tests/support/loopback.h"
#include "tests/support/readiness.h"

namespace rollport::os {
namespace {

using Ending = ClosedConnection::Ending;

// A listener, one connection to it, and the kernel's word on how that ends at the server.
class ClosedConnectionsTest : public testing::TestWithParam<const char*> {
 protected:
  ClosedConnectionsTest() {
    AwaitReadable(listener_.get());
    server_ = std::move((*Accept4(listener_.get()))->fd);
    cookie_ = (*diag_.Lookup(address_, *LocalAddress(client_.get())))->cookie;
  }
  void Send(const UniqueFd& from, const UniqueFd& to, const std::string& bytes) {
    ASSERT_EQ(send(from.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    AwaitReadable(to.get());
  }
  void Receive(const UniqueFd& fd) {
    char buffer[64];
    ASSERT_GT(recv(fd.get(), buffer, sizeof buffer, 0), 0);
  }
  void ResetOnClose(const UniqueFd& fd) {
    const linger at_once = {.l_onoff = 1, .l_linger = 0};
    ASSERT_EQ(setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  }
  // nullopt if the end of the server's side is not told within 5 s.
  std::optional<Ending> Await() {
    pollfd readable = {.fd = closed_.fd(), .events = POLLIN};
    while (poll(&readable, 1, 5000) > 0) {
      const std::vector<ClosedConnection> closed = *closed_.Read();
      for (const ClosedConnection& c : closed) {
        if (c.cookie == cookie_) return c.ending;
      }
    }
    return std::nullopt;
  }

  UniqueFd listener_ = *Listen(*SocketAddress::Parse(GetParam()), 7);
  SocketAddress address_ = *LocalAddress(listener_.get());
  SockDiag diag_ = *SockDiag::Create();
  ClosedConnections closed_ = *ClosedConnections::ListenFor({1, address_.port(), 2});
  UniqueFd client_ = *Connect(address_);
  UniqueFd server_;
  uint64_t cookie_ = 0;
};

TEST_P(ClosedConnectionsTest, AnAnswerThatWasAcknowledgedIsOrderly) {
  Send(client_, server_, "request");
  Receive(server_);
  Send(server_, client_, "answer");
  server_.Reset();
  Receive(client_);
  AwaitReadable(client_.get());
  client_.Reset();
  EXPECT_EQ(Await(), Ending::kOrderly);
}

TEST_P(ClosedConnectionsTest, AFinInPlaceOfAnAnswerIsTold) {
  Send(client_, server_, "request");
  Receive(server_);
  Send(server_, client_, "answer");
  Receive(client_);
  // The kernel notes the times by its clock, in steps of up to 10 ms.
  pollfd nothing = {.fd = server_.get(), .events = POLLIN};
  ASSERT_EQ(poll(&nothing, 1, 20), 0);
  Send(client_, server_, "another request");
  Receive(server_);
  server_.Reset();
  AwaitReadable(client_.get());
  client_.Reset();
  EXPECT_EQ(Await(), Ending::kUnanswered);
}

TEST_P(ClosedConnectionsTest, AFinInPlaceOfTheFirstAnswerIsToldHoweverFastItComes) {
  Send(client_, server_, "request");
  Receive(server_);
  server_.Reset();
  AwaitReadable(client_.get());
  client_.Reset();
  EXPECT_EQ(Await(), Ending::kUnanswered);
}

TEST_P(ClosedConnectionsTest, AConnectionThatThePeerClosesFirstIsOrderly) {
  client_.Reset();
  AwaitReadable(server_.get());
  server_.Reset();
  EXPECT_EQ(Await(), Ending::kOrderly);
}

TEST_P(ClosedConnectionsTest, ClosingWithUnreadDataResets) {
  Send(client_, server_, "request");
  server_.Reset();
  EXPECT_EQ(Await(), Ending::kReset);
}

TEST_P(ClosedConnectionsTest, ClosingWithoutLingeringResets) {
  ResetOnClose(server_);
  server_.Reset();
  EXPECT_EQ(Await(), Ending::kReset);
}

TEST_P(ClosedConnectionsTest, ThePeersResetIsNotOurs) {
  ResetOnClose(client_);
  client_.Reset();
  AwaitReadable(server_.get());
  server_.Reset();
  EXPECT_EQ(Await(), Ending::kLost);
}

TEST_P(ClosedConnectionsTest, TheirOverflowIsSaid) {
  const int little = 1;
  ASSERT_EQ(setsockopt(closed_.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &little, sizeof little) == 0 ||
                setsockopt(closed_.fd(), SOL_SOCKET, SO_RCVBUF, &little, sizeof little) == 0,
            true);
  absl::Status status;
  for (int i = 0; i < 1000 && status.ok(); ++i) {
    for (int burst = 0; burst < 20; ++burst) {
      const UniqueFd client = *Connect(address_);
      AwaitReadable(listener_.get());
      const UniqueFd server = std::move((*Accept4(listener_.get()))->fd);
    }
    status = closed_.Read().status();
  }
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
}

INSTANTIATE_TEST_SUITE_P(Loopback, ClosedConnectionsTest, testing::ValuesIn(LoopbackAddresses()));

TEST(ParseClosedConnectionsTest, RubbishIsPassedOver) {
  std::vector<ClosedConnection> closed;
  for (size_t size = 0; size < 200; ++size) {
    ParseClosedConnections(std::string(size, '\xff'), &closed);
    ParseClosedConnections(std::string(size, '\0'), &closed);
  }
  EXPECT_TRUE(closed.empty());
}

}  // namespace
}  // namespace rollport::os
