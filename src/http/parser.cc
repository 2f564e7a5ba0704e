#include "http/parser.h"

#include <utility>

#include "http/body_reader.h"
#include "http/chars.h"
#include "http/head_parser.h"
#include "http/head_scanner.h"

namespace rollport::http {
namespace {

// What requests and responses have in common: collecting a head, then reading a body.
class MessageReader {
 public:
  MessageReader(Limits limits, bool blank_lines_allowed)
      : limits_(limits),
        blank_lines_allowed_(blank_lines_allowed),
        scanner_(limits.max_head),
        body_(limits) {}

  bool idle() const { return stage_ == Stage::kHead && !seen_; }
  bool failed() const { return stage_ == Stage::kFailed; }
  bool in_head() const { return stage_ == Stage::kHead; }
  const ParseError& error() const { return error_; }
  std::string_view piece() const { return piece_; }
  BodyReader& body() { return body_; }
  const Limits& limits() const { return limits_; }

  ParseEvent Fail(ParseError error) {
    error_ = std::move(error);
    stage_ = Stage::kFailed;
    return ParseEvent::kError;
  }

  // kHead: head_bytes() is a whole head, consumed; then the caller starts the body and calls
  // BodyFollows(), or HeadFollows() to pass over it.
  ParseEvent CollectHead(std::string_view input, size_t* consumed);
  std::string_view head_bytes() const { return head_; }
  void BodyFollows() { stage_ = Stage::kBody; }
  void HeadFollows() {
    stage_ = Stage::kHead;
    seen_ = false;
    blank_ = 0;
  }

  ParseEvent ReadBody(std::string_view input, size_t* consumed);

 private:
  enum class Stage { kHead, kBody, kFailed };

  size_t BlankLines(std::string_view input);

  const Limits limits_;
  const bool blank_lines_allowed_;
  HeadScanner scanner_;
  BodyReader body_;
  Stage stage_ = Stage::kHead;
  bool seen_ = false;
  size_t blank_ = 0;  // bytes of empty lines before this message
  std::string head_;  // keeps its memory from message to message
  std::string_view piece_;
  ParseError error_;
};

// The bytes of whole empty lines at the front.
size_t MessageReader::BlankLines(std::string_view input) {
  size_t n = 0;
  while (!seen_ && input.substr(n, 2) == "\r\n") n += 2;
  blank_ += n;
  return n;
}

ParseEvent MessageReader::CollectHead(std::string_view input, size_t* consumed) {
  *consumed = 0;
  if (blank_lines_allowed_ && !input.empty() && input[0] == '\r') {
    *consumed = BlankLines(input);
    if (blank_ > limits_.max_head) return Fail({400, "empty lines without end"});
    input.remove_prefix(*consumed);
    if (input == "\r") return ParseEvent::kNeedMore;
  }
  if (input.empty()) return ParseEvent::kNeedMore;
  // Says no to TLS and other protocols at their first byte.
  if (!Is(kTokenChar, input[0])) return Fail({400, "a bad start line"});
  seen_ = true;
  switch (scanner_.Scan(input)) {
    case HeadScanner::Result::kNeedMore:
      return ParseEvent::kNeedMore;
    case HeadScanner::Result::kBareLineFeed:
      return Fail({400, "a bare LF"});
    case HeadScanner::Result::kFolded:
      return Fail({400, "a folded field line"});
    case HeadScanner::Result::kStartLineTooLong:
      return Fail({414, "a start line over the limit"});
    case HeadScanner::Result::kTooLong:
      return Fail({431, "a head over the limit"});
    case HeadScanner::Result::kComplete:
      break;
  }
  head_.assign(input.data(), scanner_.size());
  *consumed += scanner_.size();
  scanner_.Reset();
  return ParseEvent::kHead;
}

ParseEvent MessageReader::ReadBody(std::string_view input, size_t* consumed) {
  const ParseEvent event = body_.Next(input, consumed, &piece_, &error_);
  if (event == ParseEvent::kError) stage_ = Stage::kFailed;
  if (event == ParseEvent::kEnd) HeadFollows();
  return event;
}

}  // namespace

class RequestParser::Impl {
 public:
  explicit Impl(Limits limits) : reader(limits, true) {}

  ParseEvent Next(std::string_view input, size_t* consumed) {
    *consumed = 0;
    if (reader.failed()) return ParseEvent::kError;
    if (!reader.in_head()) return reader.ReadBody(input, consumed);
    const ParseEvent event = reader.CollectHead(input, consumed);
    if (event != ParseEvent::kHead) return event;
    if (auto error = ParseRequestHead(reader.head_bytes(), &head)) {
      return reader.Fail(*std::move(error));
    }
    if (head.content_length.value_or(0) > reader.limits().max_body) {
      return reader.Fail({413, "content over the limit"});
    }
    if (head.chunked) {
      reader.body().StartChunked();
    } else {
      reader.body().StartLength(head.content_length.value_or(0));
    }
    reader.BodyFollows();
    return event;
  }

  MessageReader reader;
  RequestHead head;
};

RequestParser::RequestParser(Limits limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;
ParseEvent RequestParser::Next(std::string_view input, size_t* consumed) {
  return impl_->Next(input, consumed);
}
const RequestHead& RequestParser::head() const { return impl_->head; }
std::string_view RequestParser::body() const { return impl_->reader.piece(); }
const ParseError& RequestParser::error() const { return impl_->reader.error(); }
bool RequestParser::idle() const { return impl_->reader.idle(); }

class ResponseParser::Impl {
 public:
  explicit Impl(Limits limits) : reader(limits, false) {}

  ParseEvent Next(std::string_view input, size_t* consumed);
  ParseEvent Eof();

  bool idle() const { return reader.idle() && interim_ == 0; }

  MessageReader reader;
  ResponseHead head;
  bool to_head = false;

 private:
  // A server that sends more interim responses than this does not mean to answer.
  static constexpr int kMaxInterim = 32;

  std::optional<ParseError> StartBody();

  int interim_ = 0;
};

// RFC 9112 section 6.3.
std::optional<ParseError> ResponseParser::Impl::StartBody() {
  const uint64_t length = head.content_length.value_or(0);
  if (to_head || head.status == 204 || head.status == 304) {
    reader.body().StartLength(0);
  } else if (head.chunked) {
    reader.body().StartChunked();
  } else if (head.content_length.has_value()) {
    if (length > reader.limits().max_body) return ParseError{413, "content over the limit"};
    reader.body().StartLength(length);
  } else {
    reader.body().StartToEof();
    head.keep_alive = false;
  }
  return std::nullopt;
}

ParseEvent ResponseParser::Impl::Next(std::string_view input, size_t* consumed) {
  *consumed = 0;
  if (reader.failed()) return ParseEvent::kError;
  if (!reader.in_head()) {
    const ParseEvent event = reader.ReadBody(input, consumed);
    if (event == ParseEvent::kEnd) to_head = false;
    return event;
  }
  while (true) {
    size_t used = 0;
    const ParseEvent event = reader.CollectHead(input.substr(*consumed), &used);
    *consumed += used;
    if (event != ParseEvent::kHead) return event;
    if (auto error = ParseResponseHead(reader.head_bytes(), &head)) {
      return reader.Fail(*std::move(error));
    }
    if (head.status >= 200) break;
    if (head.status == 101) return reader.Fail({400, "a switch of protocols nobody asked for"});
    if (++interim_ > kMaxInterim) return reader.Fail({400, "interim responses without end"});
    reader.HeadFollows();
  }
  interim_ = 0;
  if (auto error = StartBody()) return reader.Fail(*std::move(error));
  reader.BodyFollows();
  return ParseEvent::kHead;
}

ParseEvent ResponseParser::Impl::Eof() {
  if (reader.failed()) return ParseEvent::kError;
  if (idle()) return ParseEvent::kNeedMore;
  if (!reader.in_head() && reader.body().to_eof()) {
    reader.HeadFollows();
    to_head = false;
    return ParseEvent::kEnd;
  }
  return reader.Fail({400, "closed in the middle of a message"});
}

ResponseParser::ResponseParser(Limits limits) : impl_(std::make_unique<Impl>(limits)) {}
ResponseParser::~ResponseParser() = default;
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;
ResponseParser& ResponseParser::operator=(ResponseParser&&) noexcept = default;
void ResponseParser::ExpectResponseTo(std::string_view method) {
  impl_->to_head = method == "HEAD";
}
ParseEvent ResponseParser::Next(std::string_view input, size_t* consumed) {
  return impl_->Next(input, consumed);
}
ParseEvent ResponseParser::Eof() { return impl_->Eof(); }
const ResponseHead& ResponseParser::head() const { return impl_->head; }
std::string_view ResponseParser::body() const { return impl_->reader.piece(); }
const ParseError& ResponseParser::error() const { return impl_->reader.error(); }
bool ResponseParser::idle() const { return impl_->idle(); }

}  // namespace rollport::http
