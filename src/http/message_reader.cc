#include "http/message_reader.h"

#include <utility>

#include "http/chars.h"

namespace rollport::http {
namespace {

// REQUIRES: `result` is an error.
ParseError ErrorOf(HeadScanner::Result result) {
  switch (result) {
    case HeadScanner::Result::kBareLineFeed:
      return {400, "a bare LF"};
    case HeadScanner::Result::kFolded:
      return {400, "a folded field line"};
    case HeadScanner::Result::kStartLineTooLong:
      return {414, "a start line over the limit"};
    default:
      return {431, "a head over the limit"};
  }
}

}  // namespace

MessageReader::MessageReader(Limits limits, Before before)
    : limits_(limits), before_(before), scanner_(limits.max_head), body_(limits) {}

// The bytes of whole empty lines at the front.
size_t MessageReader::SkipEmptyLines(std::string_view input) {
  size_t n = 0;
  while (!seen_ && input.substr(n, 2) == "\r\n") n += 2;
  empty_ += n;
  return n;
}

ParseEvent MessageReader::CollectHead(std::string_view input, size_t* consumed) {
  *consumed = 0;
  if (before_ == Before::kEmptyLines && !input.empty() && input[0] == '\r') {
    *consumed = SkipEmptyLines(input);
    if (empty_ > limits_.max_head) return Fail({400, "empty lines without end"});
    input.remove_prefix(*consumed);
    if (input == "\r") return ParseEvent::kNeedMore;
  }
  if (input.empty()) return ParseEvent::kNeedMore;
  // Refuses TLS and other protocols at their first byte.
  if (!Is(kTokenChar, input[0])) return Fail({400, "a bad start line"});
  seen_ = true;
  const HeadScanner::Result result = scanner_.Scan(input);
  if (result == HeadScanner::Result::kNeedMore) return ParseEvent::kNeedMore;
  if (result != HeadScanner::Result::kComplete) return Fail(ErrorOf(result));
  head_.assign(input.data(), scanner_.size());
  *consumed += scanner_.size();
  scanner_.Reset();
  return ParseEvent::kHead;
}

ParseEvent MessageReader::StartBody(const MessageHead& head, NoLength no_length) {
  if (head.content_length.value_or(0) > limits_.max_body) return Fail({413, kContentOverLimit});
  if (head.chunked) {
    body_.StartChunked();
  } else if (no_length == NoLength::kToEof && !head.content_length.has_value()) {
    body_.StartToEof();
  } else {
    body_.StartLength(head.content_length.value_or(0));
  }
  stage_ = Stage::kBody;
  return ParseEvent::kHead;
}

ParseEvent MessageReader::StartEmptyBody() {
  body_.StartLength(0);
  stage_ = Stage::kBody;
  return ParseEvent::kHead;
}

ParseEvent MessageReader::ReadBody(std::string_view input, size_t* consumed) {
  *consumed = 0;
  if (stage_ == Stage::kFailed) return ParseEvent::kError;
  const ParseEvent event = body_.Next(input, consumed, &piece_, &error_);
  if (event == ParseEvent::kError) stage_ = Stage::kFailed;
  if (event == ParseEvent::kEnd) Restart();
  return event;
}

void MessageReader::Restart() {
  stage_ = Stage::kHead;
  seen_ = false;
  empty_ = 0;
}

ParseEvent MessageReader::Fail(ParseError error) {
  if (stage_ != Stage::kFailed) error_ = std::move(error);
  stage_ = Stage::kFailed;
  return ParseEvent::kError;
}

}  // namespace rollport::http
