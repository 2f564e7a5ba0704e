#include "admin/request_reader.h"

namespace rollport::admin {

RequestReader::Result RequestReader::Read() {
  while (true) {
    size_t consumed = 0;
    const http::ParseEvent event = parser_.Next(input_, &consumed);
    // What the parser gives are views into the input.
    if (event == http::ParseEvent::kHead) TakeHead();
    if (event == http::ParseEvent::kBody) request_.body += parser_.body();
    input_.erase(0, consumed);
    switch (event) {
      case http::ParseEvent::kNeedMore:
        return Result::kNeedMore;
      case http::ParseEvent::kHead:
        if (parser_.head().expect_continue) return Result::kContinue;
        break;
      case http::ParseEvent::kBody:
        break;
      case http::ParseEvent::kEnd:
        return Result::kRequest;
      case http::ParseEvent::kError:
        request_ = {};
        return Result::kError;
    }
  }
}

void RequestReader::TakeHead() {
  const http::RequestHead& head = parser_.head();
  request_ = {.method = std::string(head.method), .target = std::string(head.target)};
  for (const http::Field& field : head.fields) {
    request_.fields.emplace_back(field.name, field.value);
  }
  keep_alive_ = head.keep_alive;
  minor_version_ = head.minor_version;
}

}  // namespace rollport::admin
