#include "os/reuseport.h"

#include <poll.h>

#include <vector>

#include "gtest/gtest.h"
#include "os/socket.h"

namespace rollport::os {
namespace {

sock_filter Return(uint32_t index) { return BPF_STMT(BPF_RET | BPF_K, index); }

// Connects, waits for the connection at either listener, and returns which one has it: 0 or 1.
int Reached(const SocketAddress& address, const UniqueFd& a, const UniqueFd& b) {
  const UniqueFd client = *Connect(address);
  pollfd both[2] = {{.fd = a.get(), .events = POLLIN}, {.fd = b.get(), .events = POLLIN}};
  EXPECT_EQ(poll(both, 2, 10'000), 1);
  const int index = both[0].revents != 0 ? 0 : 1;
  EXPECT_TRUE((*Accept4(both[index].fd)).has_value());
  return index;
}

TEST(ReuseportTest, TheProgramChoosesTheMemberUntilItIsDetached) {
  const UniqueFd a = *Listen(*SocketAddress::Parse("127.0.0.1:0"), 512);
  const SocketAddress address = *LocalAddress(a.get());
  const UniqueFd b = *Listen(address, 512);
  for (uint32_t index = 0; index < 2; ++index) {
    const std::vector<sock_filter> program = {Return(index)};
    ASSERT_TRUE(AttachProgram(a.get(), program).ok());
    for (int i = 0; i < 20; ++i) EXPECT_EQ(Reached(address, a, b), static_cast<int>(index));
  }
  ASSERT_TRUE(DetachProgram(a.get()).ok());
  EXPECT_TRUE(DetachProgram(a.get()).ok());
  int reached_b = 0;
  for (int i = 0; i < 64; ++i) reached_b += Reached(address, a, b);
  EXPECT_GT(reached_b, 0);
  EXPECT_LT(reached_b, 64);
}

TEST(ReuseportTest, ARefusedProgramIsAnErrorThatNamesTheListener) {
  const UniqueFd a = *Listen(*SocketAddress::Parse("127.0.0.1:0"), 16);
  const std::vector<sock_filter> endless = {BPF_STMT(BPF_LD | BPF_IMM, 0)};
  EXPECT_EQ(AttachProgram(a.get(), endless).message(), "setsockopt SO_ATTACH_REUSEPORT_CBPF on " +
                                                           LocalAddress(a.get())->ToString() +
                                                           ": Invalid argument");
  const std::vector<sock_filter> huge(5000, Return(0));
  EXPECT_EQ(AttachProgram(a.get(), huge).message(), "a program of 5000 instructions; 4096 fit");
}

}  // namespace
}  // namespace rollport::os
