#include "os/socket_filter.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "gtest/gtest.h"
#include "os/unique_fd.h"

namespace rollport::os {
namespace {

TEST(SocketFilterTest, OnlyWhatTheProgramLetsPassComesThrough) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
  const UniqueFd sender(ends[0]);
  const UniqueFd receiver(ends[1]);
  constexpr std::array kOnlyA = {
      sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'a', 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      sock_filter BPF_STMT(BPF_RET | BPF_K, 0),
  };
  ASSERT_TRUE(AttachFilter(receiver.get(), kOnlyA).ok());
  send(sender.get(), "b", 1, MSG_NOSIGNAL);
  ASSERT_EQ(send(sender.get(), "a", 1, MSG_NOSIGNAL), 1);
  char got = 0;
  ASSERT_EQ(recv(receiver.get(), &got, 1, 0), 1);
  EXPECT_EQ(got, 'a');
  EXPECT_EQ(recv(receiver.get(), &got, 1, 0), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST(SocketFilterTest, AProgramThatTheKernelRefusesIsAnError) {
  const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  // It has no end.
  constexpr std::array kEndless = {sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0)};
  EXPECT_EQ(AttachFilter(fd.get(), kEndless).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace rollport::os
