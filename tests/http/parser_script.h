// Runs a parser over bytes that arrive in pieces and writes down what it said.
#ifndef ROLLPORT_TESTS_HTTP_PARSER_SCRIPT_H_
#define ROLLPORT_TESTS_HTTP_PARSER_SCRIPT_H_

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "http/parser.h"

namespace rollport::http {

// What both kinds of head say: " keep", framing and fields, up to the "]".
inline std::string DescribeCommon(const MessageHead& head, std::string_view extra = "") {
  std::string text =
      absl::StrCat(" 1.", head.minor_version, head.keep_alive ? " keep" : " close", ToAbsl(extra));
  if (head.content_length) absl::StrAppend(&text, " length=", *head.content_length);
  if (head.chunked) absl::StrAppend(&text, " chunked");
  for (const Field& f : head.fields) {
    absl::StrAppend(&text, "|", ToAbsl(f.name), "=", ToAbsl(f.value));
  }
  return text + "]";
}

inline std::string DescribeHead(const RequestHead& head) {
  return absl::StrCat("[", ToAbsl(head.method), " ", ToAbsl(head.target),
                      DescribeCommon(head, head.expect_continue ? " expect" : ""));
}

inline std::string DescribeHead(const ResponseHead& head) {
  return absl::StrCat("[", head.status, " ", ToAbsl(head.reason), DescribeCommon(head));
}

// Feeds a parser as a connection does: what is not consumed stays in front of what comes next.
template <typename Parser>
class Script {
 public:
  explicit Script(Limits limits = {}) : parser_(limits) {}

  Parser& parser() { return parser_; }

  void Feed(std::string_view piece) {
    buffer_.append(piece);
    while (true) {
      size_t consumed = 0;
      const ParseEvent event = parser_.Next(buffer_, &consumed);
      if (consumed > buffer_.size()) text_ += "!consumed too much";
      Write(event);
      buffer_.erase(0, consumed);
      if (event == ParseEvent::kNeedMore || event == ParseEvent::kError) break;
    }
  }
  void Eof() { Write(parser_.Eof()); }

  // "[head]body." for each message, "!STATUS reason" for an error, "~" for bytes left over.
  std::string text() const { return absl::StrCat(text_, buffer_.empty() || failed_ ? "" : "~"); }

 private:
  void Write(ParseEvent event) {
    if (event == ParseEvent::kHead) text_ += DescribeHead(parser_.head());
    if (event == ParseEvent::kBody) text_ += parser_.body();
    if (event == ParseEvent::kEnd) text_ += ".";
    if (event == ParseEvent::kError && !failed_) {
      failed_ = true;
      absl::StrAppend(&text_, "!", parser_.error().status, " ", parser_.error().reason);
    }
  }

  Parser parser_;
  std::string buffer_;
  std::string text_;
  bool failed_ = false;
};

// All of `bytes`, cut at the given places.
template <typename Parser>
std::string Parse(std::string_view bytes, std::vector<size_t> cuts = {}, Limits limits = {}) {
  Script<Parser> script(limits);
  cuts.push_back(bytes.size());
  size_t from = 0;
  for (const size_t to : cuts) {
    script.Feed(bytes.substr(from, to - from));
    from = std::max(from, to);
  }
  return script.text();
}

}  // namespace rollport::http

#endif  // ROLLPORT_TESTS_HTTP_PARSER_SCRIPT_H_
