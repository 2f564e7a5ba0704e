// What a connection knows of its socket between one report of the loop and the next.
#include "worker/input.h"

#include <sys/socket.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "os/unique_fd.h"

namespace rollport::worker {
namespace {

using Received = Input::Received;

class InputTest : public testing::Test {
 protected:
  InputTest() {
    std::array<int, 2> ends;
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    socket_.Reset(ends[0]);
    peer_.Reset(ends[1]);
  }
  void Send(std::string_view bytes) {
    ASSERT_EQ(send(peer_.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  Received Receive() { return input_.Receive(socket_.get(), &scratch_); }

  os::UniqueFd socket_, peer_;
  std::vector<char> scratch_ = std::vector<char>(16);
  Input input_;
};

TEST_F(InputTest, ReadsNothingUntilTheLoopReportsIt) {
  EXPECT_FALSE(input_.MayHoldMore());
  input_.Reported(/*fin=*/false);
  EXPECT_TRUE(input_.MayHoldMore());
  input_ = {};
  input_.LookAgain();
  EXPECT_TRUE(input_.MayHoldMore());
}

TEST_F(InputTest, AShortReadHasEmptiedTheSocket) {
  Send("12345");
  input_.Reported(false);
  EXPECT_EQ(Receive(), Received::kBytes);
  EXPECT_EQ(input_.view(), "12345");
  EXPECT_FALSE(input_.MayHoldMore());
}

TEST_F(InputTest, AReadThatFillsTheScratchMayHaveLeftSome) {
  Send("0123456789abcdef+");
  input_.Reported(false);
  EXPECT_EQ(Receive(), Received::kBytes);
  EXPECT_TRUE(input_.MayHoldMore());
  input_.Consume(16);
  EXPECT_EQ(Receive(), Received::kBytes);
  EXPECT_EQ(input_.view(), "+");
  EXPECT_FALSE(input_.MayHoldMore());
}

TEST_F(InputTest, AReportedFinIsReadWithoutAnotherReport) {
  Send("bye");
  peer_.Reset();
  input_.Reported(/*fin=*/true);
  EXPECT_TRUE(input_.fin_seen());
  EXPECT_EQ(Receive(), Received::kBytes);
  EXPECT_FALSE(input_.fin_read());
  EXPECT_TRUE(input_.MayHoldMore());
  EXPECT_EQ(Receive(), Received::kFin);
  EXPECT_TRUE(input_.fin_read());
  EXPECT_EQ(input_.view(), "bye");
}

TEST_F(InputTest, AFinThatWasNotReportedIsReadToo) {
  peer_.Reset();
  input_.LookAgain();
  EXPECT_EQ(Receive(), Received::kFin);
  EXPECT_TRUE(input_.fin_seen() && input_.fin_read());
  input_.Reported(/*fin=*/true);
  EXPECT_TRUE(input_.fin_read()) << "a late report does not take it back";
}

TEST_F(InputTest, AnEmptySocketWaitsForTheNextReport) {
  input_.LookAgain();
  EXPECT_EQ(Receive(), Received::kNone);
  EXPECT_FALSE(input_.MayHoldMore());
}

TEST_F(InputTest, AReportIsGoodForOneRead) {
  EXPECT_FALSE(input_.TakeReport());
  input_.LookAgain();
  EXPECT_FALSE(input_.TakeReport()) << "nothing was reported";
  input_.Reported(false);
  input_.LookAgain();
  EXPECT_TRUE(input_.TakeReport());
  EXPECT_FALSE(input_.TakeReport());
  EXPECT_TRUE(input_.MayHoldMore());
}

TEST_F(InputTest, WhatIsLeftOverSurvivesTheScratch) {
  Send("12345");
  input_.LookAgain();
  ASSERT_EQ(Receive(), Received::kBytes);
  input_.Consume(3);
  input_.Keep();
  scratch_.assign(scratch_.size(), 'x');
  EXPECT_EQ(input_.view(), "45");
  Send("67");
  input_.LookAgain();
  ASSERT_EQ(Receive(), Received::kBytes);
  EXPECT_EQ(input_.view(), "4567");
}

TEST_F(InputTest, ABrokenConnectionIsAnError) {
  socket_.Reset();
  input_.LookAgain();
  EXPECT_EQ(Receive(), Received::kError);
}

}  // namespace
}  // namespace rollport::worker
