// Bytes to HTTP/1.1 messages, without I/O. One parser reads one connection's messages one after the
// other (pipelining: what follows a message is left in the caller's buffer).
//
// Strict where laxness lets a request be smuggled past a neighbour (RFC 9112 sections 2.2, 5, 6.3,
// 7 and 11.2): both Content-Length and Transfer-Encoding, several Content-Lengths even where they
// agree, any Transfer-Encoding but "chunked" once (or any at all in HTTP/1.0), a bad chunk size, a
// bare CR or LF, a folded field line, white space before the colon, a request without (HTTP/1.1) or
// with several Host fields are all errors. Chunk extensions and trailer fields are checked, bounded
// and dropped.
#ifndef ROLLPORT_HTTP_PARSER_H_
#define ROLLPORT_HTTP_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"

namespace rollport::http {

struct Limits {
  size_t max_head = 16 << 10;   // bytes of the start line and all field lines
  uint64_t max_body = 1 << 20;  // bytes of content, after chunked coding is taken off
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

class RequestParser {
 public:
  explicit RequestParser(Limits limits);
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;

  // Reads from the start of `input` and sets `*consumed` to the bytes that the caller must drop
  // before the next call. Returns one event; call again until kNeedMore. A head is consumed whole
  // when it is complete (until then kNeedMore consumes nothing of it and the caller keeps the
  // bytes); empty lines before a request are dropped (RFC 9112 section 2.2). The end of a message
  // without a body is an event of its own, on any input, also an empty one.
  ParseEvent Next(std::string_view input, size_t* consumed);

  // Valid from kHead until the next message's first bytes are given to Next().
  const RequestHead& head() const;
  // Valid after kBody until the input is touched.
  std::string_view body() const;
  // Valid after kError.
  const ParseError& error() const;
  // True between messages, when not one byte of the next one has been seen by Next().
  bool idle() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The same for a client. Interim (1xx) responses are passed over, except that 101 is an error.
class ResponseParser {
 public:
  explicit ResponseParser(Limits limits);
  ~ResponseParser();
  ResponseParser(ResponseParser&&) noexcept;
  ResponseParser& operator=(ResponseParser&&) noexcept;

  // The method of the request that the next response answers: HEAD has no body whatever its fields
  // say. To be called before the response's first byte; otherwise GET is assumed.
  void ExpectResponseTo(std::string_view method);
  ParseEvent Next(std::string_view input, size_t* consumed);
  // The peer has closed. kEnd where that ends a body that is delimited by close (RFC 9112 section
  // 6.3, rule 8); kError where a message was cut; kNeedMore where nothing was under way.
  ParseEvent Eof();

  const ResponseHead& head() const;
  std::string_view body() const;
  const ParseError& error() const;
  bool idle() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_PARSER_H_
