#include "controller/process/worker_channel.h"

#include <cerrno>
#include <optional>

#include "gtest/gtest.h"
#include "os/event_loop.h"
#include "os/message_socket.h"
#include "protocol/handover.h"
#include "tests/support/lingering_socket.h"

namespace rollport::controller {
namespace {

using Kind = protocol::Message::Kind;

class WorkerChannelTest : public testing::Test {
 protected:
  os::MessageSockets pair_ = *os::MakeMessageSockets();
  const int worker_ = pair_.a.get();
  std::optional<WorkerChannel> channel_{std::in_place, std::move(pair_.b)};
  const Instant begin_ = os::EventLoop::ReadNow();
};

TEST_F(WorkerChannelTest, KnowsThatTheWorkerTakesConnections) {
  EXPECT_FALSE(channel_->TakesConnections());
  protocol::Send(worker_, {.kind = Kind::kSuccessor});
  EXPECT_FALSE(channel_->TakesConnections());
  protocol::Send(worker_, {.kind = Kind::kTakes});
  EXPECT_TRUE(channel_->TakesConnections());
  EXPECT_TRUE(channel_->TakesConnections());
}

TEST_F(WorkerChannelTest, ADescriptorIsRefusedIfTheKernelCanDoThat) {
  LingeringSocket lingering;
  if (lingering.Send(worker_, "x") >= 0) GTEST_SKIP() << "before Linux 6.16";
  EXPECT_EQ(errno, EPERM);
}

TEST_F(WorkerChannelTest, NoDescriptorHoldsTheReaderUp) {
  PassRights(channel_->fd());
  LingeringSocket read, left;
  ASSERT_EQ(read.Send(worker_, "x"), 1);
  EXPECT_FALSE(channel_->TakesConnections());
  ASSERT_EQ(left.Send(worker_, "x"), 1);
  channel_.reset();
  EXPECT_LT(os::EventLoop::ReadNow() - begin_, absl::Seconds(10));
}

TEST_F(WorkerChannelTest, AWorkerThatSaysMuchIsNotListenedToForLong) {
  int sent = 0;
  while (protocol::Send(worker_, {.kind = Kind::kSuccessor}) == os::Sent::kSent) ++sent;
  ASSERT_GT(sent, 64);
  EXPECT_FALSE(channel_->TakesConnections());
  protocol::Message next;
  EXPECT_EQ(protocol::ReceiveFromWorker(channel_->fd(), &next), os::Received::kMessage);
}

}  // namespace
}  // namespace rollport::controller
