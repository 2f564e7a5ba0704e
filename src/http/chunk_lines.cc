#include "http/chunk_lines.h"

#include "http/chars.h"
#include "http/parse_event.h"

namespace rollport::http {
namespace {

constexpr int kMaxDigits = 15;  // any number of this many digits fits in 60 bits

constexpr char kBadSize[] = "a bad chunk size";
constexpr char kBadExtension[] = "a bad chunk extension";
constexpr char kBadTrailer[] = "a bad trailer field";

const char* CountExtra(size_t* left) {
  if (*left == 0) return kExtrasOverLimit;
  --*left;
  return nullptr;
}

}  // namespace

void ChunkSizeLine::Begin(uint64_t most) {
  state_ = State::kFirst;
  most_ = most;
  size_ = 0;
  digits_ = 0;
}

const char* ChunkSizeLine::Read(std::string_view input, size_t* consumed, size_t* extras_left) {
  const char* complaint = nullptr;
  while (complaint == nullptr && !done() && *consumed < input.size()) {
    complaint = Take(input[(*consumed)++], extras_left);
  }
  return complaint;
}

const char* ChunkSizeLine::Take(char c, size_t* extras_left) {
  if (state_ == State::kLf || state_ == State::kDone) {
    if (c != '\n') return "a bare CR after a chunk size";
    state_ = State::kDone;
    return nullptr;
  }
  if (state_ == State::kFirst || state_ == State::kDigits) {
    if (const int digit = HexValue(c); digit >= 0) return TakeDigit(digit);
    if (state_ == State::kFirst) return kBadSize;
  }
  return c == '\r' && whole() ? TakeCr() : TakeExtension(c, extras_left);
}

bool ChunkSizeLine::whole() const {
  return state_ == State::kDigits || state_ == State::kName || state_ == State::kToken ||
         state_ == State::kUnquoted;
}

const char* ChunkSizeLine::TakeDigit(int digit) {
  state_ = State::kDigits;
  if (++digits_ > kMaxDigits) return size_ > 0 ? kContentOverLimit : kBadSize;
  size_ = size_ * 16 + static_cast<uint64_t>(digit);
  return nullptr;
}

const char* ChunkSizeLine::TakeExtension(char c, size_t* extras_left) {
  const State next = AfterExtension(c);
  if (next == State::kDone) {
    return state_ == State::kDigits || state_ == State::kSizeGap ? kBadSize : kBadExtension;
  }
  state_ = next;
  return CountExtra(extras_left);
}

ChunkSizeLine::State ChunkSizeLine::AfterExtension(char c) const {
  const bool blank = c == ' ' || c == '\t', token = Is(kTokenChar, c);
  switch (state_) {
    case State::kDigits:
    case State::kSizeGap:
      return blank ? State::kSizeGap : c == ';' ? State::kSemicolon : State::kDone;
    case State::kSemicolon:
      return blank ? State::kSemicolon : token ? State::kName : State::kDone;
    case State::kName:
      if (token) return State::kName;
      [[fallthrough]];
    case State::kNameGap:
      if (blank) return State::kNameGap;
      return c == '=' ? State::kEquals : c == ';' ? State::kSemicolon : State::kDone;
    case State::kEquals:
      if (blank) return State::kEquals;
      return c == '"' ? State::kQuoted : token ? State::kToken : State::kDone;
    case State::kToken:
      if (token) return State::kToken;
      [[fallthrough]];
    case State::kUnquoted:
    case State::kValueGap:
      return blank ? State::kValueGap : c == ';' ? State::kSemicolon : State::kDone;
    case State::kQuoted:
      if (!Is(kTextChar, c)) return State::kDone;
      return c == '"' ? State::kUnquoted : c == '\\' ? State::kQuotedPair : State::kQuoted;
    case State::kQuotedPair:
      return Is(kTextChar, c) ? State::kQuoted : State::kDone;
    default:
      return State::kDone;
  }
}

const char* ChunkSizeLine::TakeCr() {
  if (size_ > most_) return kContentOverLimit;
  state_ = State::kLf;
  return nullptr;
}

const char* Trailer::Read(std::string_view input, size_t* consumed, size_t* extras_left) {
  const char* complaint = nullptr;
  while (complaint == nullptr && !done() && *consumed < input.size()) {
    complaint = Take(input[(*consumed)++], extras_left);
  }
  return complaint;
}

const char* Trailer::Take(char c, size_t* extras_left) {
  if (state_ == State::kLf || state_ == State::kFinalLf) {
    const bool last = state_ == State::kFinalLf;
    if (c != '\n') return last ? "a bare CR after the trailer" : "a bare CR in a trailer field";
    state_ = last ? State::kDone : State::kFirst;
    return nullptr;
  }
  if (const char* complaint = CountExtra(extras_left); complaint != nullptr) return complaint;
  if (c == '\r' && state_ != State::kName) {
    state_ = state_ == State::kFirst ? State::kFinalLf : State::kLf;
    return nullptr;
  }
  if (state_ == State::kValue) return Is(kTextChar, c) ? nullptr : kBadTrailer;
  if (c == ':' && state_ == State::kName) {
    state_ = State::kValue;
    return nullptr;
  }
  if (!Is(kTokenChar, c)) return kBadTrailer;
  state_ = State::kName;
  return nullptr;
}

}  // namespace rollport::http
