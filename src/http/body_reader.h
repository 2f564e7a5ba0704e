// Takes the framing (RFC 9112 sections 6 and 7) off a message's body, without copying. Internal to
// src/http.
#ifndef ROLLPORT_HTTP_BODY_READER_H_
#define ROLLPORT_HTTP_BODY_READER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/chunk_lines.h"
#include "http/parse_event.h"

namespace rollport::http {

class BodyReader {
 public:
  explicit BodyReader(Limits limits) : limits_(limits) {}

  // One of these begins a body. Content over the limit is an error of Next() for the last two; a
  // length over it is for the caller to refuse.
  void StartLength(uint64_t length);
  void StartChunked();
  void StartToEof();

  bool to_eof() const { return place_ == Place::kToEof; }

  // Reads from the start of `input`; `*consumed` is set to the bytes that it is done with. Returns
  // kBody with `*piece`, a view into `input`; kEnd; kError with `*error`; or kNeedMore, with all of
  // `input` consumed.
  ParseEvent Next(std::string_view input, size_t* consumed, std::string_view* piece,
                  ParseError* error);

 private:
  // What the next byte belongs to.
  enum class Place { kLength, kToEof, kSizeLine, kData, kDataCr, kDataLf, kTrailer, kEnd };

  ParseEvent Piece(std::string_view input, size_t* consumed, std::string_view* piece);
  // Reads chunked framing from `*consumed` on. Returns null, or what is wrong with it.
  const char* ReadFraming(std::string_view input, size_t* consumed);
  void StartChunk();
  void EndSizeLine();

  Limits limits_;
  Place place_ = Place::kEnd;
  uint64_t left_ = 0;       // of the content, or of this chunk
  uint64_t room_ = 0;       // for content in further chunks
  size_t extras_left_ = 0;  // for extensions and trailer fields, max_head in all
  ChunkSizeLine size_line_;
  Trailer trailer_;
};

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_BODY_READER_H_
