#include "controller/endpoints/stream_limit.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::controller {
namespace {

// A stream of one piece.
class Piece : public admin::Stream {
 public:
  void Begin(std::function<void()> more) override { more(); }
  State Take(std::string* piece) override {
    *piece = "piece";
    return State::kPiece;
  }
};

admin::Response Streamed() { return {.stream = std::make_unique<Piece>()}; }

TEST(StreamLimitTest, OneTooManyIsRefusedUntilAnotherEnds) {
  StreamLimit limit(2);
  admin::Response one = limit.Admit(Streamed());
  const admin::Response two = limit.Admit(Streamed());
  EXPECT_NE(one.stream, nullptr);
  const admin::Response three = limit.Admit(Streamed());
  EXPECT_EQ(three.status, 503);
  EXPECT_EQ(three.stream, nullptr);
  EXPECT_THAT(three.body, testing::HasSubstr("2 streams"));
  one.stream.reset();
  EXPECT_EQ(limit.Admit(Streamed()).status, 200);
}

TEST(StreamLimitTest, ARefusedStreamTakesNoPlace) {
  StreamLimit limit(1);
  { const admin::Response open = limit.Admit(Streamed()); }
  admin::Response open = limit.Admit(Streamed());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.Admit(Streamed()).status, 503);
  open.stream.reset();
  EXPECT_EQ(limit.Admit(Streamed()).status, 200);
}

TEST(StreamLimitTest, AnAnswerWithoutAStreamIsNotCounted) {
  StreamLimit limit(0);
  EXPECT_EQ(limit.Admit({.body = "text"}).body, "text");
}

TEST(StreamLimitTest, PassesOnWhatTheStreamSaysAndMayEndBeforeIt) {
  std::optional<StreamLimit> limit(1);
  admin::Response open = limit->Admit(Streamed());
  limit.reset();
  int calls = 0;
  open.stream->Begin([&] { ++calls; });
  EXPECT_EQ(calls, 1);
  std::string piece;
  EXPECT_EQ(open.stream->Take(&piece), admin::Stream::State::kPiece);
  EXPECT_EQ(piece, "piece");
  open.stream.reset();
}

}  // namespace
}  // namespace rollport::controller
