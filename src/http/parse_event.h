// What a parser may read, and what it returns.
#ifndef ROLLPORT_HTTP_PARSE_EVENT_H_
#define ROLLPORT_HTTP_PARSE_EVENT_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace rollport::http {

struct Limits {
  size_t max_head = 16 << 10;   // bytes of the start line and all field lines
  uint64_t max_body = 1 << 20;  // bytes of content, without the framing of chunked coding
};

enum class ParseEvent {
  kNeedMore,  // all that can be consumed is consumed; read more bytes
  kHead,      // head() is complete
  kBody,      // body() is the next piece of content, a view into the input of this call
  kEnd,       // the message is complete; the next call begins the next message
  kError,     // error() says why; final
};

struct ParseError {
  int status = 400;    // what a server should answer: 400, 413, 414, 431, 501 or 505
  std::string reason;  // for a log: "both Content-Length and Transfer-Encoding"
};

inline constexpr char kContentOverLimit[] = "content over the limit";

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_PARSE_EVENT_H_
