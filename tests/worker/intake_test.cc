#include "worker/intake.h"

#include <unistd.h>

#include <memory>

#include "gtest/gtest.h"
#include "os/event_loop.h"
#include "os/message_socket.h"
#include "protocol/handover.h"

namespace rollport::worker {
namespace {

using Kind = protocol::Message::Kind;

class IntakeTest : public testing::Test {
 protected:
  IntakeTest() : loop_(*os::EventLoop::Create()), channel_(*os::MakeMessageSockets()) {
    intake_ = std::make_unique<Intake>(
        *loop_, std::move(channel_.a),
        Intake::Hooks{.on_connection = [this](os::UniqueFd, const auto&) { ++connections_; },
                      .on_successor = [this](os::UniqueFd) { ++successors_; },
                      .has_room = [this] { return room_; }});
    intake_->Start();
  }
  os::Sent Send(Kind kind) {
    return protocol::Send(channel_.b.get(), {.kind = kind}, STDIN_FILENO);
  }

  std::unique_ptr<os::EventLoop> loop_;
  os::MessageSockets channel_;
  std::unique_ptr<Intake> intake_;
  bool room_ = true;
  int connections_ = 0, successors_ = 0;
};

TEST_F(IntakeTest, WhatCameBeforeTheCloseIsTakenAndWhatComesAfterIsRefused) {
  for (int i = 0; i < 100; ++i) ASSERT_EQ(Send(Kind::kConnection), os::Sent::kSent);
  EXPECT_TRUE(intake_->Close());
  EXPECT_EQ(connections_, 100);
  EXPECT_EQ(Send(Kind::kConnection), os::Sent::kGone);
  EXPECT_TRUE(intake_->Close());
}

TEST_F(IntakeTest, OneTurnTakesABoundedNumber) {
  for (int i = 0; i < 100; ++i) ASSERT_EQ(Send(Kind::kConnection), os::Sent::kSent);
  ASSERT_TRUE(loop_->Turn(absl::Seconds(5)).ok());
  EXPECT_GT(connections_, 0);
  EXPECT_LT(connections_, 100);
  while (connections_ < 100) ASSERT_TRUE(loop_->Turn(absl::Seconds(5)).ok());
}

TEST_F(IntakeTest, WithoutRoomNothingIsTakenUntilThereIsSome) {
  room_ = false;
  ASSERT_EQ(Send(Kind::kConnection), os::Sent::kSent);
  ASSERT_TRUE(loop_->Turn(absl::Seconds(5)).ok());
  EXPECT_EQ(connections_, 0);
  room_ = true;
  intake_->Resume();
  ASSERT_TRUE(loop_->Turn(absl::Seconds(5)).ok());
  EXPECT_EQ(connections_, 1);
}

// No process can send any more; that must not wake the loop again and again.
TEST_F(IntakeTest, AChannelWithoutAnotherEndIsQuiet) {
  ASSERT_EQ(Send(Kind::kSuccessor), os::Sent::kSent);
  channel_.b.Reset();
  bool over = false;
  os::Timer timer(*loop_, [&] { over = true; });
  timer.After(absl::Milliseconds(50));
  int turns = 0;
  for (; !over; ++turns) ASSERT_TRUE(loop_->Turn().ok());
  EXPECT_EQ(successors_, 1);
  EXPECT_LT(turns, 10);
}

}  // namespace
}  // namespace rollport::worker
