#include "os/notify_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "gtest/gtest.h"
#include "os/unix_socket.h"
#include "tests/support/temp_dir.h"

namespace rollport::os {
namespace {

class NotifySocketTest : public testing::Test {
 protected:
  NotifySocketTest() { setenv("NOTIFY_SOCKET", socket_.path().c_str(), 1); }
  ~NotifySocketTest() override { unsetenv("NOTIFY_SOCKET"); }

  // Sends `text` with `fd`, as a server without our library does.
  void SendWithFd(const std::string& text, int fd) {
    const UniqueFd sender(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address;
    const socklen_t length = *UnixSockaddr(socket_.path(), &address);
    std::string copy = text;
    iovec piece = {.iov_base = copy.data(), .iov_len = copy.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
    msghdr header = {.msg_name = &address,
                     .msg_namelen = length,
                     .msg_iov = &piece,
                     .msg_iovlen = 1,
                     .msg_control = control,
                     .msg_controllen = sizeof control};
    cmsghdr* c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(c), &fd, sizeof fd);
    ASSERT_EQ(sendmsg(sender.get(), &header, 0), static_cast<ssize_t>(text.size()));
  }

  TempDir dir_;
  NotifySocket socket_ = *NotifySocket::Create(dir_ / "notify");
};

TEST_F(NotifySocketTest, AMessageComesWithItsSender) {
  ASSERT_TRUE(Notify("READY=1\nSTATUS=a=b c\nnonsense\n=x\nREADY=2\n").ok());
  const auto message = socket_.Read();
  ASSERT_TRUE(message.ok() && message->has_value());
  EXPECT_EQ((*message)->pid, getpid());
  EXPECT_EQ((*message)->uid, geteuid());
  EXPECT_EQ((*message)->fields.size(), 3U);
  EXPECT_EQ((*message)->Get("READY"), "2");
  EXPECT_EQ((*message)->Get("STATUS"), "a=b c");
  EXPECT_FALSE((*message)->Get("STOPPING").has_value());
  EXPECT_FALSE((*socket_.Read()).has_value());
}

TEST_F(NotifySocketTest, ADatagramTooLongIsDropped) {
  ASSERT_TRUE(Notify("STATUS=" + std::string(20 << 10, 'x')).ok());
  ASSERT_TRUE(Notify("READY=1").ok());
  EXPECT_EQ((*socket_.Read())->Get("READY"), "1");
}

TEST_F(NotifySocketTest, PassedDescriptorsAreClosedWithTheMessage) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  SendWithFd("BARRIER=1", write_end.get());
  write_end.Reset();
  pollfd p = {.fd = read_end.get(), .events = POLLIN};
  EXPECT_EQ(poll(&p, 1, 0), 0);
  {
    const auto message = *socket_.Read();
    ASSERT_EQ(message->fds.size(), 1U);
    EXPECT_EQ(fcntl(message->fds[0].get(), F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(poll(&p, 1, 0), 0);
  }
  EXPECT_EQ(poll(&p, 1, 0), 1);
  EXPECT_EQ(p.revents, POLLHUP);
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
