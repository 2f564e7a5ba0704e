#include "load/answer_check.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/strings.h"

namespace rollport::load {
namespace {

// A body may be as long as the server says; only a head is bounded.
constexpr http::Limits kLimits = {.max_head = 64 << 10,
                                  .max_body = std::numeric_limits<int64_t>::max()};

std::string Describe(std::string_view slot, std::string_view generation) {
  if (slot.empty() && generation.empty()) return "";
  return absl::StrCat("slot ", ToAbsl(slot), " generation ", ToAbsl(generation));
}

}  // namespace

AnswerCheck::AnswerCheck() : parser_(kLimits) {}

void AnswerCheck::Begin(const Expectation& expectation) {
  RP_CHECK(decided_ && outcome_ == Outcome::kOk, OutcomeName(outcome_));
  expectation_ = expectation;
  parser_.ExpectResponseTo(expectation.method);
  begun_ = decided_ = differs_ = keep_alive_ = false;
  size_ = 0;
}

bool AnswerCheck::Feed(std::string_view input) {
  if (input.empty()) return decided_;
  RP_CHECK(!decided_, "bytes without a request");
  begun_ = true;
  size_t left;
  if (pending_.empty()) {
    left = input.size() - Parse(input);
    if (!decided_) pending_.assign(input.substr(input.size() - left));
  } else {
    pending_.append(input);
    const size_t consumed = Parse(pending_);
    pending_.erase(0, consumed);
    left = pending_.size();
  }
  if (decided_ && outcome_ == Outcome::kOk && left > 0) {
    Decide(Outcome::kMalformed, absl::StrCat(left, " bytes after the end of the answer"));
  }
  return decided_;
}

size_t AnswerCheck::Parse(std::string_view input) {
  size_t total = 0;
  while (!decided_) {
    size_t consumed = 0;
    const http::ParseEvent event = parser_.Next(input.substr(total), &consumed);
    total += consumed;
    switch (event) {
      case http::ParseEvent::kNeedMore:
        return total;
      case http::ParseEvent::kHead:
        TakeHead();
        break;
      case http::ParseEvent::kBody:
        TakeBody(parser_.body());
        break;
      case http::ParseEvent::kEnd:
        Judge();
        break;
      case http::ParseEvent::kError:
        Decide(Outcome::kMalformed, parser_.error().reason);
        break;
    }
  }
  return total;
}

void AnswerCheck::Eof() {
  RP_CHECK(!decided_, "a FIN without a request");
  if (!begun_) {
    Decide(Outcome::kClosed, "closed without an answer");
  } else if (parser_.Eof() == http::ParseEvent::kEnd) {
    Judge();
    keep_alive_ = false;
  } else {
    Decide(Outcome::kCut, absl::StrCat("closed after ", size_, " bytes of content"));
  }
}

void AnswerCheck::TakeHead() {
  const http::ResponseHead& head = parser_.head();
  keep_alive_ = head.keep_alive;
  const auto slot = http::FindField(head.fields, "X-Rollport-Slot").value_or("");
  const auto generation = http::FindField(head.fields, "X-Rollport-Generation").value_or("");
  if (slot == slot_ && generation == generation_) return;
  slot_ = slot;
  generation_ = generation;
  server_ = Describe(slot_, generation_);
}

void AnswerCheck::TakeBody(std::string_view piece) {
  if (expectation_.body.has_value() && !differs_) {
    differs_ = expectation_.body->substr(std::min<uint64_t>(size_, expectation_.body->size()),
                                         piece.size()) != piece;
  }
  size_ += piece.size();
}

void AnswerCheck::Judge() {
  const int status = parser_.head().status;
  if (status != expectation_.status) {
    Decide(Outcome::kWrongStatus, absl::StrCat("status ", status));
    return;
  }
  std::optional<uint64_t> size = expectation_.size;
  if (expectation_.body.has_value() && expectation_.method != "HEAD") {
    size = expectation_.body->size();
  }
  if (size.has_value() && size_ != *size) {
    Decide(Outcome::kWrongBody, absl::StrCat(size_, " bytes instead of ", *size));
  } else if (differs_) {
    Decide(Outcome::kWrongBody, absl::StrCat(size_, " bytes that differ"));
  } else {
    Decide(Outcome::kOk, "");
  }
}

bool AnswerCheck::Decide(Outcome outcome, std::string detail) {
  decided_ = true;
  outcome_ = outcome;
  detail_ = std::move(detail);
  return true;
}

}  // namespace rollport::load
