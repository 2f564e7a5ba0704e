#include "http/parser.h"

#include <utility>

#include "http/head_parser.h"
#include "http/serialize.h"

namespace rollport::http {
namespace {

// A server that sends more interim responses than this does not mean to answer.
constexpr int kMaxInterim = 32;

}  // namespace

RequestParser::RequestParser(Limits limits) : reader_(limits, MessageReader::Before::kEmptyLines) {}

ParseEvent RequestParser::Next(std::string_view input, size_t* consumed) {
  if (!reader_.in_head()) return reader_.ReadBody(input, consumed);
  const ParseEvent event = reader_.CollectHead(input, consumed);
  if (event != ParseEvent::kHead) return event;
  if (auto error = ParseRequestHead(reader_.head_bytes(), &head_)) {
    return reader_.Fail(*std::move(error));
  }
  return reader_.StartBody(head_, MessageReader::NoLength::kEmpty);
}

ResponseParser::ResponseParser(Limits limits) : reader_(limits, MessageReader::Before::kNothing) {}

ParseEvent ResponseParser::Next(std::string_view input, size_t* consumed) {
  if (!reader_.in_head()) return reader_.ReadBody(input, consumed);
  *consumed = 0;
  while (true) {
    size_t used = 0;
    const ParseEvent event = reader_.CollectHead(input.substr(*consumed), &used);
    *consumed += used;
    if (event != ParseEvent::kHead) return event;
    if (auto error = ParseResponseHead(reader_.head_bytes(), &head_)) {
      return reader_.Fail(*std::move(error));
    }
    if (head_.status >= 200) break;
    if (head_.status == 101) {
      return reader_.Fail({400, "a switch of protocols that was not asked for"});
    }
    if (++interim_ > kMaxInterim) return reader_.Fail({400, "interim responses without end"});
    reader_.Restart();
  }
  interim_ = 0;
  if (std::exchange(to_head_, false) || !StatusHasContent(head_.status)) {
    return reader_.StartEmptyBody();
  }
  const ParseEvent event = reader_.StartBody(head_, MessageReader::NoLength::kToEof);
  if (reader_.in_body_to_eof()) head_.keep_alive = false;
  return event;
}

ParseEvent ResponseParser::Eof() {
  if (idle()) return ParseEvent::kNeedMore;
  if (!reader_.in_body_to_eof()) return reader_.Fail({400, "closed in the middle of a message"});
  reader_.Restart();
  return ParseEvent::kEnd;
}

}  // namespace rollport::http
