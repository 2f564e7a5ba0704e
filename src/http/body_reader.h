// Takes the framing (RFC 9112 sections 6 and 7) off a message's body, without copying.
//
// Chunked coding is read here and not by Beast: Beast 1.74 wants a whole line of a chunk's framing
// at once, counts a chunk against the limit again each time it asks for more, and takes white space
// around extensions.
#ifndef ROLLPORT_HTTP_BODY_READER_H_
#define ROLLPORT_HTTP_BODY_READER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/parser.h"

namespace rollport::http {

class BodyReader {
 public:
  explicit BodyReader(Limits limits) : limits_(limits) {}

  // One of these begins a body.
  void StartLength(uint64_t length);
  void StartChunked();
  void StartToEof();

  bool to_eof() const { return state_ == State::kToEof; }

  // kBody sets `*piece`, kError sets `*error`. kNeedMore means that all of `input` is consumed.
  ParseEvent Next(std::string_view input, size_t* consumed, std::string_view* piece,
                  ParseError* error);

 private:
  enum class State {
    kLength,
    kToEof,
    // Each names what the next byte belongs to.
    kSizeFirst,
    kSize,
    kExtension,
    kQuoted,
    kQuotedPair,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerFirst,
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kFinalLf,
    kDone,
  };

  ParseEvent Piece(std::string_view input, size_t* consumed, std::string_view* piece);
  // One byte of framing; null, or what is wrong with it.
  const char* Step(char c);
  const char* StepSize(char c);
  const char* StepTrailer(char c);
  const char* Expect(char c, char wanted, State next, const char* complaint);

  const Limits limits_;
  State state_ = State::kDone;
  uint64_t left_ = 0;   // of the content, or of this chunk
  uint64_t total_ = 0;  // content so far
  size_t extra_ = 0;    // bytes of extensions and trailer fields so far, bounded by max_head
  int digits_ = 0;
};

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_BODY_READER_H_
