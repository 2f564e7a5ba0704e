#include "controller/endpoints/event_stream.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/eventually.h"

namespace rollport::controller {
namespace {

using State = admin::Stream::State;
using testing::ElementsAre;
using testing::IsEmpty;

class EventStreamTest : public testing::Test {
 protected:
  EventStream::Options Options(int64_t roll, int64_t after) {
    return {.roll = roll, .after = after, .format = [](const auto& event) { return event.kind; }};
  }
  std::unique_ptr<EventStream> Begin(int64_t roll, int64_t after) {
    auto stream = std::make_unique<EventStream>(events_, Options(roll, after));
    stream->Begin([this] { ++calls_; });
    return stream;
  }
  // All pieces that are there; then `state_` is the state after them.
  std::vector<std::string> TakeAll(EventStream& stream) {
    std::vector<std::string> pieces;
    std::string piece;
    while ((state_ = stream.Take(&piece)) == State::kPiece) pieces.push_back(piece);
    return pieces;
  }

  api::EventLog events_{4};
  int calls_ = 0;
  State state_ = State::kPiece;
};

TEST_F(EventStreamTest, CallsWhenThereIsMoreAndNotAfterItsEnd) {
  auto stream = Begin(0, events_.last());
  EXPECT_THAT(TakeAll(*stream), IsEmpty());
  EXPECT_EQ(state_, State::kWait);
  events_.Append({.kind = "One"});
  EXPECT_EQ(calls_, 1);
  EXPECT_THAT(TakeAll(*stream), ElementsAre("One"));
  stream.reset();
  events_.Append({.kind = "Two"});
  EXPECT_EQ(calls_, 1);
}

TEST_F(EventStreamTest, OfOneRollItEndsWithTheVerdictOfThatRoll) {
  auto stream = Begin(/*roll=*/2, 0);
  events_.Append({.roll = 2, .kind = "RollBegan"});
  events_.Append({.roll = 1, .kind = "RollEnded", .verdict = api::Verdict()});
  EXPECT_THAT(TakeAll(*stream), ElementsAre("RollBegan"));
  EXPECT_EQ(state_, State::kWait) << "the verdict of another roll has ended it";
  events_.Append({.roll = 2, .kind = "RollEnded", .verdict = api::Verdict()});
  events_.Append({.roll = 2, .kind = "Late"});
  EXPECT_THAT(TakeAll(*stream), ElementsAre("RollEnded"));
  EXPECT_EQ(state_, State::kEnd);
}

TEST_F(EventStreamTest, AReaderThatFallsBehindTheLogLearnsOfIt) {
  events_.Append({.kind = "One"});
  auto stream = Begin(0, /*after=*/1);
  for (const char* kind : {"Two", "Three", "Four", "Five"}) events_.Append({.kind = kind});
  EXPECT_THAT(TakeAll(*stream), ElementsAre("Two", "Three", "Four", "Five"));
  for (int i = 0; i < 5; ++i) events_.Append({.kind = "Later"});
  EXPECT_THAT(TakeAll(*stream), IsEmpty());
  EXPECT_EQ(state_, State::kLost);
}

TEST_F(EventStreamTest, OneThatBeginsAtTheBeginningTakesWhatTheLogStillHas) {
  for (int i = 0; i < 6; ++i) events_.Append({.kind = std::to_string(i)});
  auto stream = Begin(0, /*after=*/0);
  EXPECT_THAT(TakeAll(*stream), ElementsAre("2", "3", "4", "5"));
  EXPECT_EQ(state_, State::kWait);
}

TEST_F(EventStreamTest, GivesASignOfLifeOnceForEachQuietTime) {
  const std::unique_ptr<os::EventLoop> loop = *os::EventLoop::Create();
  EventStream stream(events_, Options(0, 0), *loop, absl::Milliseconds(5), ": alive\n\n");
  stream.Begin([this] { ++calls_; });
  EXPECT_THAT(TakeAll(stream), IsEmpty());
  const auto await_call = [&] {
    const int before = calls_;
    return Eventually([&] { return loop->Turn(absl::Milliseconds(1)).ok() && calls_ > before; });
  };
  ASSERT_TRUE(await_call());
  EXPECT_THAT(TakeAll(stream), ElementsAre(": alive\n\n"));
  ASSERT_TRUE(await_call());
  // An event is sign enough.
  events_.Append({.kind = "One"});
  EXPECT_THAT(TakeAll(stream), ElementsAre("One"));
  EXPECT_EQ(state_, State::kWait);
}

}  // namespace
}  // namespace rollport::controller
