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
  extension_ = ExtensionPlace::kSize;
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
  return c == '\r' && ExtensionMayEnd(extension_) ? TakeCr() : TakeExtension(c, extras_left);
}

const char* ChunkSizeLine::TakeDigit(int digit) {
  state_ = State::kDigits;
  if (++digits_ > kMaxDigits) return size_ > 0 ? kContentOverLimit : kBadSize;
  size_ = size_ * 16 + static_cast<uint64_t>(digit);
  return nullptr;
}

const char* ChunkSizeLine::TakeExtension(char c, size_t* extras_left) {
  const std::optional<ExtensionPlace> next = AfterExtension(extension_, c);
  if (!next.has_value()) {
    const bool begun =
        extension_ != ExtensionPlace::kSize && extension_ != ExtensionPlace::kSizeGap;
    return begun ? kBadExtension : kBadSize;
  }
  state_ = State::kExtension;
  extension_ = *next;
  return CountExtra(extras_left);
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
