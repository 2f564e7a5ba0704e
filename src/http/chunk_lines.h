// The framing of chunked coding (RFC 9112 section 7.1): the line before a chunk, and the trailer
// after the last one, however their bytes arrive. Internal to src/http.
//
// Chunked coding is read here and not by Beast: Beast 1.74 needs a whole line of framing at once,
// counts a chunk against the limit again each time it asks for more, and does not check extensions.
#ifndef ROLLPORT_HTTP_CHUNK_LINES_H_
#define ROLLPORT_HTTP_CHUNK_LINES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/chunk_extension.h"

namespace rollport::http {

// What Read() returns when `*extras_left` has run out.
inline constexpr char kExtrasOverLimit[] = "chunk extensions or trailer fields over the limit";

// chunk-size [ chunk-ext ] CRLF. No white space stands before the size or at the end of the line.
class ChunkSizeLine {
 public:
  // Begins a line; a size above `most` bytes is kContentOverLimit.
  void Begin(uint64_t most);
  // Reads up to the end of the line or of `input`, from `*consumed` on, which it moves. Returns
  // null, or what is wrong with the last byte that it consumed (a constant). `*extras_left` is the
  // number of bytes that extensions may still have. REQUIRES: !done(), and no complaint before.
  const char* Read(std::string_view input, size_t* consumed, size_t* extras_left);
  bool done() const { return state_ == State::kDone; }
  // In bytes. REQUIRES: done().
  uint64_t size() const { return size_; }

 private:
  enum class State { kFirst, kDigits, kExtension, kLf, kDone };

  const char* Take(char c, size_t* extras_left);
  const char* TakeDigit(int digit);
  const char* TakeExtension(char c, size_t* extras_left);
  const char* TakeCr();

  State state_ = State::kDone;
  ExtensionPlace extension_ = ExtensionPlace::kSize;
  uint64_t most_ = 0;
  uint64_t size_ = 0;
  int digits_ = 0;
};

// *( field-line CRLF ) CRLF. The fields are checked and dropped.
class Trailer {
 public:
  void Begin() { state_ = State::kFirst; }
  // As ChunkSizeLine::Read. Every byte except the LFs counts as an extra one.
  const char* Read(std::string_view input, size_t* consumed, size_t* extras_left);
  bool done() const { return state_ == State::kDone; }

 private:
  // What the next byte belongs to.
  enum class State { kFirst, kName, kValue, kLf, kFinalLf, kDone };

  const char* Take(char c, size_t* extras_left);

  State state_ = State::kDone;
};

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_CHUNK_LINES_H_
