// What reading a request and reading a response have in common: collecting a head, then taking its
// body off the bytes that follow. Internal to src/http, behind parser.h.
#ifndef ROLLPORT_HTTP_MESSAGE_READER_H_
#define ROLLPORT_HTTP_MESSAGE_READER_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "http/body_reader.h"
#include "http/head_scanner.h"
#include "http/message.h"
#include "http/parse_event.h"

namespace rollport::http {

// One message is: CollectHead() until kHead; then StartBody() or StartEmptyBody(), and ReadBody()
// until kEnd; or, to pass over a head without a body, Restart(). An error is final: ReadBody() then
// returns kError.
class MessageReader {
 public:
  // What may stand before a message.
  enum class Before { kNothing, kEmptyLines };
  MessageReader(Limits limits, Before before);

  // True between messages, if no byte of the next one has been seen.
  bool idle() const { return stage_ == Stage::kHead && !seen_; }
  bool in_head() const { return stage_ == Stage::kHead; }
  // True in a body that only the peer's FIN ends.
  bool in_body_to_eof() const { return stage_ == Stage::kBody && body_.to_eof(); }

  // Returns kHead when head_bytes() is a whole head, consumed; else kNeedMore or kError.
  // REQUIRES: in_head().
  ParseEvent CollectHead(std::string_view input, size_t* consumed);
  // For the caller to parse in place. Valid until the next CollectHead().
  std::string* head_bytes() { return &head_; }

  // What a head without Content-Length and chunked coding means (RFC 9112 section 6.3).
  enum class NoLength { kEmpty, kToEof };
  // Return kHead, or kError if `head` announces content over the limit.
  ParseEvent StartBody(const MessageHead& head, NoLength no_length);
  ParseEvent StartEmptyBody();
  // Returns kBody with piece(), kEnd, kNeedMore or kError. REQUIRES: !in_head().
  ParseEvent ReadBody(std::string_view input, size_t* consumed);
  // A view into the input of the ReadBody() that returned kBody.
  std::string_view piece() const { return piece_; }

  void Restart();
  // Ends with `error`; returns kError. Keeps the first of several.
  ParseEvent Fail(ParseError error);
  const ParseError& error() const { return error_; }

 private:
  enum class Stage { kHead, kBody, kFailed };

  size_t SkipEmptyLines(std::string_view input);

  Limits limits_;
  Before before_;
  HeadScanner scanner_;
  BodyReader body_;
  Stage stage_ = Stage::kHead;
  bool seen_ = false;  // a byte of the message's head
  size_t empty_ = 0;   // bytes of empty lines before this message
  std::string head_;   // keeps its memory from message to message
  std::string_view piece_;
  ParseError error_;
};

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_MESSAGE_READER_H_
