#include "os/notify_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "os/event_loop.h"
#include "os/message_socket.h"
#include "os/unix_socket.h"
#include "tests/support/lingering_socket.h"
#include "tests/support/temp_dir.h"

namespace rollport::os {
namespace {

class NotifySocketTest : public testing::Test {
 protected:
  NotifySocketTest() { setenv("NOTIFY_SOCKET", socket_->path().c_str(), 1); }
  ~NotifySocketTest() override { unsetenv("NOTIFY_SOCKET"); }

  // Sends `text` with a socket whose last close(2) takes half a minute.
  ssize_t SendLingering(LingeringSocket& lingering, const std::string& text) {
    const UniqueFd sender(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address;
    const socklen_t length = *UnixSockaddr(socket_->path(), &address);
    return lingering.Send(sender.get(), text, reinterpret_cast<const sockaddr*>(&address), length);
  }

  TempDir dir_;
  std::optional<NotifySocket> socket_{*NotifySocket::Create(dir_ / "notify")};
};

TEST_F(NotifySocketTest, AMessageComesWithItsSender) {
  ASSERT_TRUE(Notify("READY=1\nSTATUS=a=b c\nnonsense\n=x\nREADY=2\n").ok());
  const auto message = socket_->Read();
  ASSERT_TRUE(message.ok() && message->has_value());
  EXPECT_EQ((*message)->pid, getpid());
  EXPECT_EQ((*message)->uid, geteuid());
  EXPECT_EQ((*message)->fields.size(), 3U);
  EXPECT_EQ((*message)->Get("READY"), "2");
  EXPECT_EQ((*message)->Get("STATUS"), "a=b c");
  EXPECT_FALSE((*message)->Get("STOPPING").has_value());
  EXPECT_FALSE((*socket_->Read()).has_value());
}

TEST_F(NotifySocketTest, OfADatagramTooLongNothingIsRead) {
  ASSERT_TRUE(Notify("STATUS=" + std::string(20 << 10, 'x')).ok());
  ASSERT_TRUE(Notify("READY=1").ok());
  EXPECT_TRUE((*socket_->Read())->fields.empty());
  EXPECT_EQ((*socket_->Read())->Get("READY"), "1");
}

TEST_F(NotifySocketTest, ADescriptorIsRefusedIfTheKernelCanDoThat) {
  LingeringSocket lingering;
  if (SendLingering(lingering, "READY=1") >= 0) GTEST_SKIP() << "before Linux 6.16";
  EXPECT_EQ(errno, EPERM);
}

TEST_F(NotifySocketTest, NoDescriptorHoldsTheReaderUp) {
  PassRights(socket_->fd());
  LingeringSocket first, second;
  const Instant begin = EventLoop::ReadNow();
  ASSERT_GT(SendLingering(first, "STATUS=a"), 0);
  ASSERT_GT(SendLingering(second, "STATUS=" + std::string(20 << 10, 'x')), 0);
  ASSERT_TRUE(Notify("STATUS=b").ok());
  const auto message = *socket_->Read();
  EXPECT_EQ(message->Get("STATUS"), "a");
  EXPECT_EQ(message->pid, getpid());
  EXPECT_TRUE((*socket_->Read())->fields.empty()) << "it is too long";
  EXPECT_EQ((*socket_->Read())->Get("STATUS"), "b");
  EXPECT_FALSE((*socket_->Read()).has_value());
  EXPECT_LT(EventLoop::ReadNow() - begin, absl::Seconds(10));
}

TEST_F(NotifySocketTest, NorDoesOneThatIsStillQueuedAtTheEnd) {
  PassRights(socket_->fd());
  LingeringSocket lingering;
  ASSERT_TRUE(Notify("STATUS=a").ok());
  ASSERT_GT(SendLingering(lingering, "READY=1"), 0);
  const Instant begin = EventLoop::ReadNow();
  socket_.reset();
  EXPECT_LT(EventLoop::ReadNow() - begin, absl::Seconds(10));
}

TEST_F(NotifySocketTest, ADescriptorIsClosedWhenItsMessageIsRead) {
  PassRights(socket_->fd());
  MessageSockets pair = *MakeMessageSockets();
  {
    const UniqueFd sender(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address;
    const socklen_t length = *UnixSockaddr(socket_->path(), &address);
    ASSERT_EQ(connect(sender.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
    ASSERT_EQ(SendMessage(sender.get(), "BARRIER=1", pair.b.get()), Sent::kSent);
  }
  pair.b.Reset();
  pollfd p = {.fd = pair.a.get(), .events = POLLIN};
  EXPECT_EQ(poll(&p, 1, 0), 0);
  EXPECT_EQ((*socket_->Read())->Get("BARRIER"), "1");
  EXPECT_EQ(poll(&p, 1, 10'000), 1) << "sd_notify_barrier(3) waits for this";
}

TEST_F(NotifySocketTest, WithoutAManagerNothingIsSentAndThatIsNoError) {
  unsetenv("NOTIFY_SOCKET");
  EXPECT_TRUE(Notify("READY=1").ok());
  setenv("NOTIFY_SOCKET", "", 1);
  EXPECT_TRUE(Notify("READY=1").ok());
}

TEST_F(NotifySocketTest, AManagerThatHasGoneIsAnErrorThatNamesIt) {
  const std::string path = dir_ / "gone";
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  EXPECT_EQ(Notify("READY=1").message(), "sendto " + path + ": No such file or directory");
}

TEST(NotifySocketPathTest, TheFileIsPrivateReplacesAStaleOneAndGoesWithItsOwner) {
  const TempDir dir;
  const std::string path = dir / "notify";
  { const UniqueFd stale = *ListenUnix(path, 1); }
  {
    const NotifySocket socket = *NotifySocket::Create(path);
    struct stat info;
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
  }
  EXPECT_NE(access(path.c_str(), F_OK), 0);
}

TEST(NotifySocketPathTest, OnlyItsOwnerAndRootMaySend) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give it away";
  const TempDir dir;
  ASSERT_EQ(chmod(dir.path().c_str(), 0711), 0);
  const std::string path = dir / "notify";
  const NotifySocket socket = *NotifySocket::Create(path, 65533);
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 65533U);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST(NotifySocketPathTest, AnAbstractNameWorks) {
  const std::string name = "@rollport-test-" + std::to_string(getpid());
  NotifySocket socket = *NotifySocket::Create(name);
  setenv("NOTIFY_SOCKET", name.c_str(), 1);
  EXPECT_TRUE(Notify("READY=1").ok());
  unsetenv("NOTIFY_SOCKET");
  EXPECT_EQ((*socket.Read())->Get("READY"), "1");
}

}  // namespace
}  // namespace rollport::os
