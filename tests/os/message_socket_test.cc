#include "os/message_socket.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "os/scm_rights.h"

namespace rollport::os {
namespace {

class MessageSocketTest : public testing::Test {
 protected:
  Received Receive() {
    bytes_.assign(100, '\0');
    return ReceiveMessage(pair_.b.get(), &bytes_, &fds_);
  }
  static MessageSockets Make() { return *MakeMessageSockets(); }

  MessageSockets pair_ = Make();
  std::string bytes_;
  std::vector<UniqueFd> fds_;
};

TEST_F(MessageSocketTest, MessagesComeWholeAndInOrder) {
  EXPECT_EQ(Receive(), Received::kNone);
  EXPECT_EQ(SendMessage(pair_.a.get(), "one"), Sent::kSent);
  EXPECT_EQ(SendMessage(pair_.a.get(), "two"), Sent::kSent);
  EXPECT_EQ(Receive(), Received::kMessage);
  EXPECT_EQ(bytes_, "one");
  EXPECT_EQ(Receive(), Received::kMessage);
  EXPECT_EQ(bytes_, "two");
  EXPECT_TRUE(fds_.empty());
}

TEST_F(MessageSocketTest, ADescriptorGoesAlongAndIsClosedOnExec) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, 0), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  EXPECT_EQ(SendMessage(pair_.a.get(), "pipe", writer.get()), Sent::kSent);
  writer.Reset();
  ASSERT_EQ(Receive(), Received::kMessage);
  ASSERT_EQ(fds_.size(), 1U);
  EXPECT_EQ(fcntl(fds_[0].get(), F_GETFD), FD_CLOEXEC);
  ASSERT_EQ(write(fds_[0].get(), "x", 1), 1);
  char c;
  EXPECT_EQ(read(reader.get(), &c, 1), 1);
  fds_.clear();
  EXPECT_EQ(read(reader.get(), &c, 1), 0) << "another copy of the writing end is open";
}

TEST_F(MessageSocketTest, SeveralDescriptorsComeInTheirOrder) {
  // SendMessage sends one only; a peer of another make may send more.
  const UniqueFd first(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const UniqueFd second(open("/dev/zero", O_RDONLY | O_CLOEXEC));
  const int both[] = {first.get(), second.get()};
  char byte = 'x';
  iovec piece = {.iov_base = &byte, .iov_len = 1};
  msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  RightsBuffer<2> room;
  AttachFds(both, room.bytes, &message);
  ASSERT_EQ(sendmsg(pair_.a.get(), &message, 0), 1);
  ASSERT_EQ(Receive(), Received::kMessage);
  ASSERT_EQ(fds_.size(), 2U);
  EXPECT_EQ(read(fds_[0].get(), &byte, 1), 0);
  EXPECT_EQ(read(fds_[1].get(), &byte, 1), 1);
}

TEST_F(MessageSocketTest, AFullQueueSaysSo) {
  int sent = 0;
  while (SendMessage(pair_.a.get(), "x") == Sent::kSent) ++sent;
  EXPECT_EQ(SendMessage(pair_.a.get(), "x"), Sent::kFull);
  for (int i = 0; i < sent; ++i) ASSERT_EQ(Receive(), Received::kMessage);
  EXPECT_EQ(SendMessage(pair_.a.get(), "x"), Sent::kSent);
}

TEST_F(MessageSocketTest, WhatWasQueuedWhenTheIntakeClosedIsStillReceived) {
  EXPECT_EQ(SendMessage(pair_.a.get(), "early"), Sent::kSent);
  CloseIntake(pair_.b.get());
  EXPECT_EQ(SendMessage(pair_.a.get(), "late"), Sent::kGone);
  EXPECT_EQ(Receive(), Received::kMessage);
  EXPECT_EQ(bytes_, "early");
  EXPECT_EQ(Receive(), Received::kClosed);
}

TEST_F(MessageSocketTest, AnEndIsToldThatTheOtherHasGone) {
  EXPECT_EQ(SendMessage(pair_.a.get(), "last"), Sent::kSent);
  pair_.a.Reset();
  EXPECT_EQ(Receive(), Received::kMessage);
  EXPECT_EQ(Receive(), Received::kClosed);
  pair_ = *MakeMessageSockets();
  pair_.b.Reset();
  EXPECT_EQ(SendMessage(pair_.a.get(), "x"), Sent::kGone);
}

TEST_F(MessageSocketTest, WhatAnEndHadSentOutlivesWhatItHadNotRead) {
  EXPECT_EQ(SendMessage(pair_.b.get(), "unread"), Sent::kSent);
  EXPECT_EQ(SendMessage(pair_.a.get(), "last"), Sent::kSent);
  pair_.a.Reset();
  EXPECT_EQ(Receive(), Received::kMessage);
  EXPECT_EQ(bytes_, "last");
  EXPECT_EQ(Receive(), Received::kClosed);
}

TEST_F(MessageSocketTest, NothingIsTakenIfADescriptorWouldBeLost) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer itself needs descriptors";
#endif
  EXPECT_EQ(SendMessage(pair_.a.get(), "x", STDIN_FILENO), Sent::kSent);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const UniqueFd lowest(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const rlimit none = {.rlim_cur = static_cast<rlim_t>(lowest.get()), .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_EQ(Receive(), Received::kNoDescriptor);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(Receive(), Received::kMessage);
  EXPECT_EQ(fds_.size(), 1U);
}

}  // namespace
}  // namespace rollport::os
