#include "admin/streamed_body.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace rollport::admin {
namespace {

using State = StreamedBody::State;

// Tells what it was told to tell, step by step: "" stands for kWait.
class ScriptedStream : public Stream {
 public:
  ScriptedStream(std::vector<std::string> pieces, Stream::State last)
      : pieces_(std::move(pieces)), last_(last) {}

  void Begin(std::function<void()> more) override { more_ = std::move(more); }
  Stream::State Take(std::string* piece) override {
    if (next_ == pieces_.size()) return last_;
    *piece = pieces_[next_++];
    return piece->empty() ? Stream::State::kWait : Stream::State::kPiece;
  }
  void TellThatThereIsMore() { more_(); }

 private:
  const std::vector<std::string> pieces_;
  const Stream::State last_;
  size_t next_ = 0;
  std::function<void()> more_;
};

class StreamedBodyTest : public testing::Test {
 protected:
  ScriptedStream* Begin(std::vector<std::string> pieces, bool chunked,
                        Stream::State last = Stream::State::kEnd) {
    auto stream = std::make_unique<ScriptedStream>(std::move(pieces), last);
    ScriptedStream* const borrowed = stream.get();
    body_.Begin(std::move(stream), chunked, [this] { ++told_; });
    return borrowed;
  }

  StreamedBody body_;
  Outbox out_;
  int told_ = 0;
};

TEST_F(StreamedBodyTest, PiecesBecomeChunks) {
  EXPECT_FALSE(body_.begun());
  Begin({"hello", "you"}, /*chunked=*/true);
  EXPECT_TRUE(body_.begun());
  EXPECT_EQ(body_.Fill(1000, &out_), State::kEnded);
  EXPECT_EQ(*out_.bytes(), "5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n");
  EXPECT_EQ(body_.Fill(1000, &out_), State::kEnded);
  EXPECT_EQ(out_.pending(), 23);
}

TEST_F(StreamedBodyTest, WithoutChunksPiecesStayAsTheyAre) {
  Begin({"hello", "you"}, /*chunked=*/false);
  EXPECT_EQ(body_.Fill(1000, &out_), State::kEnded);
  EXPECT_EQ(*out_.bytes(), "helloyou");
}

TEST_F(StreamedBodyTest, TakesNoMoreThanMayWait) {
  Begin({"1234", "5678", "9"}, /*chunked=*/false);
  EXPECT_EQ(body_.Fill(5, &out_), State::kReady);
  EXPECT_EQ(*out_.bytes(), "12345678");
  EXPECT_EQ(body_.Fill(5, &out_), State::kReady);
  EXPECT_EQ(out_.pending(), 8);
}

TEST_F(StreamedBodyTest, WaitsUntilTheStreamHasMore) {
  ScriptedStream* const stream = Begin({"a", "", "b"}, /*chunked=*/false);
  EXPECT_EQ(body_.Fill(1000, &out_), State::kWaiting);
  EXPECT_EQ(*out_.bytes(), "a");
  stream->TellThatThereIsMore();
  EXPECT_EQ(told_, 1);
  EXPECT_EQ(body_.Fill(1000, &out_), State::kEnded);
  EXPECT_EQ(*out_.bytes(), "ab");
}

TEST_F(StreamedBodyTest, AStreamThatCannotGoOnHasNoLastChunk) {
  Begin({"a"}, /*chunked=*/true, Stream::State::kLost);
  EXPECT_EQ(body_.Fill(1000, &out_), State::kLost);
  EXPECT_EQ(*out_.bytes(), "1\r\na\r\n");
}

}  // namespace
}  // namespace rollport::admin
