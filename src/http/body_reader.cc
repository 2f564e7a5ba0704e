#include "http/body_reader.h"

#include <algorithm>

#include "http/chars.h"

namespace rollport::http {
namespace {

constexpr char kTooMuch[] = "content over the limit";
constexpr char kTooMuchExtra[] = "chunk extensions or trailer fields over the limit";
constexpr int kMaxSizeDigits = 15;  // any such number fits in 60 bits

}  // namespace

void BodyReader::StartLength(uint64_t length) {
  state_ = State::kLength;
  left_ = length;
}

void BodyReader::StartChunked() {
  state_ = State::kSizeFirst;
  total_ = 0;
  extra_ = 0;
}

void BodyReader::StartToEof() {
  state_ = State::kToEof;
  left_ = limits_.max_body;
}

ParseEvent BodyReader::Piece(std::string_view input, size_t* consumed, std::string_view* piece) {
  *piece = input.substr(0, std::min<uint64_t>(left_, input.size()));
  *consumed += piece->size();
  left_ -= piece->size();
  return ParseEvent::kBody;
}

ParseEvent BodyReader::Next(std::string_view input, size_t* consumed, std::string_view* piece,
                            ParseError* error) {
  *consumed = 0;
  if (state_ == State::kLength) {
    if (left_ == 0) return ParseEvent::kEnd;
    return input.empty() ? ParseEvent::kNeedMore : Piece(input, consumed, piece);
  }
  if (state_ == State::kToEof) {
    if (input.empty()) return ParseEvent::kNeedMore;
    if (left_ > 0) return Piece(input, consumed, piece);
    *error = {413, kTooMuch};
    return ParseEvent::kError;
  }
  while (state_ != State::kDone) {
    if (*consumed == input.size()) return ParseEvent::kNeedMore;
    if (state_ == State::kData) {
      if (left_ > 0) return Piece(input.substr(*consumed), consumed, piece);
      state_ = State::kDataCr;
    }
    if (const char* complaint = Step(input[(*consumed)++]); complaint != nullptr) {
      const int status = complaint == kTooMuch ? 413 : complaint == kTooMuchExtra ? 431 : 400;
      *error = {status, complaint};
      return ParseEvent::kError;
    }
  }
  return ParseEvent::kEnd;
}

const char* BodyReader::Expect(char c, char wanted, State next, const char* complaint) {
  if (c != wanted) return complaint;
  state_ = next;
  return nullptr;
}

const char* BodyReader::Step(char c) {
  switch (state_) {
    case State::kSizeFirst:
    case State::kSize:
    case State::kExtension:
    case State::kQuoted:
    case State::kQuotedPair:
      return StepSize(c);
    case State::kSizeLf:
      return Expect(c, '\n', left_ > 0 ? State::kData : State::kTrailerFirst,
                    "a bare CR after a chunk size");
    case State::kDataCr:
      return Expect(c, '\r', State::kDataLf, "a chunk longer than its size");
    case State::kDataLf:
      return Expect(c, '\n', State::kSizeFirst, "a chunk longer than its size");
    case State::kTrailerFirst:
    case State::kTrailerName:
    case State::kTrailerValue:
      return StepTrailer(c);
    case State::kTrailerLf:
      return Expect(c, '\n', State::kTrailerFirst, "a bare CR in a trailer field");
    case State::kFinalLf:
      return Expect(c, '\n', State::kDone, "a bare CR after the trailer");
    default:
      return "a byte where none belongs";
  }
}

// chunk-size *( ";" ... ) CR. White space before ";" (BWS) is refused: only senders of mischief
// make it.
const char* BodyReader::StepSize(char c) {
  const int digit = HexValue(c);
  switch (state_) {
    case State::kSizeFirst:
      if (digit < 0) return "a bad chunk size";
      left_ = static_cast<uint64_t>(digit);
      digits_ = 1;
      state_ = State::kSize;
      return nullptr;
    case State::kSize:
      if (digit < 0) break;
      if (++digits_ > kMaxSizeDigits) return left_ > 0 ? kTooMuch : "a bad chunk size";
      left_ = left_ * 16 + static_cast<uint64_t>(digit);
      return nullptr;
    case State::kQuotedPair:
      if (!Is(kTextChar, c)) return "a bad chunk extension";
      state_ = State::kQuoted;
      return ++extra_ > limits_.max_head ? kTooMuchExtra : nullptr;
    case State::kQuoted:
      if (!Is(kTextChar, c)) return "a bad chunk extension";
      if (c == '"') state_ = State::kExtension;
      if (c == '\\') state_ = State::kQuotedPair;
      return ++extra_ > limits_.max_head ? kTooMuchExtra : nullptr;
    default:
      break;
  }
  if (c == '\r') {
    if (left_ > limits_.max_body - total_) return kTooMuch;
    total_ += left_;
    state_ = State::kSizeLf;
    return nullptr;
  }
  if (state_ == State::kSize && c != ';') return "a bad chunk size";
  if (!Is(kTextChar, c)) return "a bad chunk extension";
  state_ = c == '"' ? State::kQuoted : State::kExtension;
  return ++extra_ > limits_.max_head ? kTooMuchExtra : nullptr;
}

const char* BodyReader::StepTrailer(char c) {
  if (++extra_ > limits_.max_head) return kTooMuchExtra;
  if (state_ == State::kTrailerValue) {
    if (c == '\r') {
      state_ = State::kTrailerLf;
    } else if (!Is(kTextChar, c)) {
      return "a bad trailer field";
    }
    return nullptr;
  }
  if (state_ == State::kTrailerFirst && c == '\r') {
    state_ = State::kFinalLf;
    return nullptr;
  }
  if (state_ == State::kTrailerName && c == ':') {
    state_ = State::kTrailerValue;
    return nullptr;
  }
  if (!Is(kTokenChar, c)) return "a bad trailer field";
  state_ = State::kTrailerName;
  return nullptr;
}

}  // namespace rollport::http
