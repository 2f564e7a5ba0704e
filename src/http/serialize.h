// Turns HTTP/1.1 messages into bytes (RFC 9112), appended to a string that the caller reuses.
//
// A head is written by one Begin…Head, any number of AppendField, and EndHead.
#ifndef ROLLPORT_HTTP_SERIALIZE_H_
#define ROLLPORT_HTTP_SERIALIZE_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace rollport::http {

// The phrase of RFC 9110 section 15; "Unknown" for a number that it does not know.
std::string_view ReasonPhrase(int status);
// False for 1xx, 204 and 304: such a response never has content (RFC 9112 section 6.3).
bool StatusHasContent(int status);

// How the recipient finds the end of the content.
enum class BodyFraming {
  kNone,          // there is no content and no length field: 1xx, 204, 304
  kLength,        // Content-Length
  kChunked,       // Transfer-Encoding: chunked
  kUntilClosing,  // the close of the connection, for HTTP/1.0
};

struct ResponseStart {
  int status = 200;
  BodyFraming framing = BodyFraming::kLength;
  uint64_t length = 0;  // bytes, with kLength; also in an answer to HEAD
  // Of the request; the response always says HTTP/1.1 (RFC 9110 section 6.2).
  int minor_version = 1;
  bool keep_alive = true;
  std::string_view date;          // left out if empty
  std::string_view server;        // left out if empty
  std::string_view content_type;  // left out if empty
};

// The status line and the fields that follow from `start`.
void BeginResponseHead(const ResponseStart& start, std::string* out);

struct RequestStart {
  std::string_view method = "GET";
  std::string_view target = "/";
  std::string_view host;
  BodyFraming framing = BodyFraming::kNone;  // kNone, kLength or kChunked
  uint64_t length = 0;                       // bytes, with kLength
  bool keep_alive = true;
};

// REQUIRES: method, target and host hold no white space or control character.
void BeginRequestHead(const RequestStart& start, std::string* out);

// One field line. A CR, LF or NUL in either part becomes a space, so that no value can end its
// line.
void AppendField(std::string_view name, std::string_view value, std::string* out);
void EndHead(std::string* out);

// True for the fields that this file writes itself, so that a caller must not add them:
// Content-Length, Transfer-Encoding, Connection and Date.
bool IsFramingField(std::string_view name);

// Appends one chunk with its framing (RFC 9112 section 7.1); nothing for an empty piece, which
// would be the last chunk.
void AppendChunk(std::string_view piece, std::string* out);
void AppendLastChunk(std::string* out);

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_SERIALIZE_H_
