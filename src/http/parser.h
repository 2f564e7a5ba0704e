// Turns bytes into HTTP/1.1 messages, without I/O. One parser reads the messages of one connection
// one after the other (pipelining: what follows a message stays in the caller's buffer).
//
// It is strict wherever laxness would let a request be smuggled past a proxy in front (RFC 9112
// sections 2.2, 5, 6.3, 7 and 11.2). All of these are errors: both Content-Length and
// Transfer-Encoding; several Content-Lengths, even if they agree; any Transfer-Encoding except
// "chunked" once (or any at all in HTTP/1.0); a bad chunk size; a bare CR or LF; a folded field
// line; white space before the colon; a request without a Host field (HTTP/1.1), with several, or
// with a host, there or in the target, that is none (host.h).
// Chunk extensions (RFC 9112 section 7.1.1) and trailer fields are checked, bounded and dropped.
#ifndef ROLLPORT_HTTP_PARSER_H_
#define ROLLPORT_HTTP_PARSER_H_

#include <cstddef>
#include <string_view>

#include "http/message.h"
#include "http/message_reader.h"
#include "http/parse_event.h"

namespace rollport::http {

class RequestParser {
 public:
  explicit RequestParser(Limits limits);

  // Reads from the start of `input` and sets `*consumed` to the number of bytes that the caller
  // must drop before the next call. Returns one event; call again until kNeedMore. A head is
  // consumed whole when it is complete (until then kNeedMore consumes nothing of it and the caller
  // keeps the bytes); empty lines before a request are dropped (RFC 9112 section 2.2). The end of a
  // message without a body is an event of its own, and needs no further input.
  ParseEvent Next(std::string_view input, size_t* consumed);

  // Valid from kHead until the next message's first bytes are given to Next(), or a move.
  const RequestHead& head() const { return head_; }
  // Valid after kBody until the input is touched.
  std::string_view body() const { return reader_.piece(); }
  // Valid after kError.
  const ParseError& error() const { return reader_.error(); }
  // True between messages, if Next() has not seen a byte of the next one.
  bool idle() const { return reader_.idle(); }

 private:
  MessageReader reader_;
  RequestHead head_;
};

// The same for a client. Interim (1xx) responses are passed over, except that 101 is an error.
class ResponseParser {
 public:
  explicit ResponseParser(Limits limits);

  // The method of the request that the next response answers: the response to HEAD has no body,
  // whatever its fields say. Call before the response's first byte; otherwise GET is assumed.
  void ExpectResponseTo(std::string_view method) { to_head_ = method == "HEAD"; }
  // As RequestParser::Next, except that an empty line before a response is an error.
  ParseEvent Next(std::string_view input, size_t* consumed);
  // The peer has closed. Returns kEnd if that ends a body that is delimited by the close (RFC 9112
  // section 6.3, rule 8); kError if a message was cut; kNeedMore between messages.
  ParseEvent Eof();

  // As RequestParser's.
  const ResponseHead& head() const { return head_; }
  std::string_view body() const { return reader_.piece(); }
  const ParseError& error() const { return reader_.error(); }
  bool idle() const { return reader_.idle() && interim_ == 0; }

 private:
  MessageReader reader_;
  ResponseHead head_;
  bool to_head_ = false;  // the next response is to a HEAD request
  int interim_ = 0;       // 1xx responses before the one that is awaited
};

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_PARSER_H_
