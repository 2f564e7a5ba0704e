#include "protocol/handover.h"

#include <unistd.h>

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace rollport::protocol {
namespace {

using Kind = Message::Kind;

class MessageTest : public testing::Test {
 protected:
  MessageTest() : pair_(*os::MakeMessageSockets()) {}
  // What arrives as `bytes`, with a descriptor.
  Incoming Arrives(std::string_view bytes) {
    EXPECT_EQ(os::SendMessage(pair_.a.get(), bytes, STDIN_FILENO), os::Sent::kSent);
    Incoming incoming;
    EXPECT_EQ(Receive(pair_.b.get(), &incoming), os::Received::kMessage);
    return incoming;
  }
  // The bytes of `message`.
  std::string Bytes(const Message& message) {
    EXPECT_EQ(Send(pair_.a.get(), message), os::Sent::kSent);
    std::string bytes(200, '\0');
    std::vector<os::UniqueFd> fds;
    EXPECT_EQ(os::ReceiveMessage(pair_.b.get(), &bytes, &fds), os::Received::kMessage);
    return bytes;
  }
  os::MessageSockets pair_;
};

const Message kConnection = {
    .kind = Kind::kConnection, .answered = true, .idle_since = Instant::FromNanos(123'456'789)};

TEST_F(MessageTest, ComesAsItWasSent) {
  EXPECT_EQ(Send(pair_.a.get(), kConnection, STDIN_FILENO), os::Sent::kSent);
  EXPECT_EQ(Send(pair_.a.get(), {.kind = Kind::kTakes}), os::Sent::kSent);
  Incoming incoming;
  EXPECT_EQ(Receive(pair_.b.get(), &incoming), os::Received::kMessage);
  EXPECT_EQ(incoming.message, kConnection);
  EXPECT_TRUE(incoming.fd.valid());
  EXPECT_EQ(Receive(pair_.b.get(), &incoming), os::Received::kMessage);
  EXPECT_EQ(incoming.message.kind, Kind::kTakes);
  EXPECT_FALSE(incoming.fd.valid());
  EXPECT_EQ(Receive(pair_.b.get(), &incoming), os::Received::kNone);
}

// The layout, byte by byte: releases that are in use already depend on it.
TEST_F(MessageTest, TheLayoutIsWhatItWas) {
  EXPECT_EQ(Bytes(kConnection),
            std::string("dnah\3\0\0\0\1\0\0\0\0\0\0\0\x15\xcd\x5b\x07\0\0\0\0", 24));
}

TEST_F(MessageTest, ALaterReleaseMayAppendFieldsAndAnEarlierOneMayLackThem) {
  const std::string bytes = Bytes(kConnection);
  EXPECT_EQ(Arrives(bytes + "and more").message, kConnection);
  EXPECT_EQ(Arrives(bytes.substr(0, 8)).message, Message{.kind = Kind::kConnection});
}

TEST_F(MessageTest, WhatIsNotKnownIsUnknown) {
  std::string kind = Bytes(kConnection);
  kind[4] = 9;
  EXPECT_EQ(Arrives(kind).message, Message{});
  EXPECT_EQ(Arrives("x").message, Message{});
  EXPECT_EQ(Arrives(std::string(24, '\xff')).message, Message{});
}

}  // namespace
}  // namespace rollport::protocol
