#include "worker/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/worker/worker_process.h"

namespace rollport::worker {
namespace {

class AcceptorTest : public testing::Test {
 protected:
  void SetUp() override {
    os::UniqueFd listener = *os::Bind(*os::SocketAddress::Parse("127.0.0.1:0"));
    address_ = *os::LocalAddress(listener.get());
    duplicate_.Reset(dup(listener.get()));
    acceptor_.emplace(
        *loop_, std::move(listener),
        [this](os::Accepted accepted) { accepted_.push_back(std::move(accepted.fd)); },
        [] { return true; });
    ASSERT_TRUE(acceptor_->Start().ok());
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  os::SocketAddress address_;
  os::UniqueFd duplicate_;
  std::vector<os::UniqueFd> accepted_;
  std::optional<Acceptor> acceptor_;
};

TEST_F(AcceptorTest, AcceptsByHandWhatEpollHasNotReported) {
  Client client(address_);
  acceptor_->Accept();
  EXPECT_EQ(accepted_.size(), 1u);
}

TEST_F(AcceptorTest, ConnectionsInheritNoDelay) {
  Client client(address_);
  acceptor_->Accept();
  ASSERT_EQ(accepted_.size(), 1u);
  int on = 0;
  socklen_t length = sizeof on;
  ASSERT_EQ(getsockopt(accepted_[0].get(), IPPROTO_TCP, TCP_NODELAY, &on, &length), 0);
  EXPECT_NE(on, 0);
}

TEST_F(AcceptorTest, ClosingAcceptsTheWholeQueueAndEndsEveryDuplicate) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<Client>(address_));
  EXPECT_TRUE(acceptor_->Close());
  EXPECT_TRUE(acceptor_->closed());
  EXPECT_EQ(accepted_.size(), 200u);
  EXPECT_LT(Client(address_).fd(), 0);
}

TEST_F(AcceptorTest, AListenerShutDownByAnotherDoesNotSpin) {
  ASSERT_TRUE(os::ShutdownListener(duplicate_.get()).ok());
  bool waited = false;
  os::Timer timer(*loop_, [&] { waited = true; });
  timer.After(absl::Milliseconds(300));
  int turns = 0;
  while (!waited) {
    ASSERT_TRUE(loop_->Turn().ok());
    ++turns;
  }
  EXPECT_LT(turns, 20);
  EXPECT_TRUE(acceptor_->Close());
}

}  // namespace
}  // namespace rollport::worker
