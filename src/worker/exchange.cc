#include "worker/exchange.h"

#include <utility>

#include "base/check.h"
#include "worker/connection.h"

namespace rollport::worker {
namespace {

// A streamed answer may buffer this much before its writer is asked to wait.
constexpr size_t kHighWater = 64 << 10;

// A body of more than this is not kept for the connection's next request.
constexpr size_t kBodyKept = 16 << 10;

const http::RequestHead kNoHead;

}  // namespace

void Exchange::Open(const http::RequestHead* head, const TargetParts& parts) {
  RP_CHECK(state_ == State::kClosed && handles_ == 0, "an exchange is used for one request a time");
  head_ = head;
  parts_ = parts;
  state_ = State::kWaiting;
  content_sent_ = 0;
}

void Exchange::Give(const Handler& handler) { handler(Request(this), Response(this)); }

void Exchange::AnswerText(int status, std::string_view text) {
  Send(status, "text/plain", text, {});
}

void Exchange::Detach() {
  // Held to the end: the callbacks, and what they own, may let the last handle go.
  Ref();
  connection_ = nullptr;
  head_ = nullptr;
  parts_ = {};
  body_.clear();
  on_writable_ = nullptr;
  if (std::exchange(state_, State::kClosed) != State::kClosed) aborted_ = true;
  if (auto callback = std::exchange(on_abort_, nullptr); callback && aborted_) callback();
  Unref();
}

void Exchange::Unref() {
  RP_CHECK(handles_ > 0, "a handle too few");
  if (handles_ == 1 && connection_ != nullptr) {
    if (state_ == State::kWaiting) AnswerText(500, "500 Internal Server Error\n");
    if (state_ == State::kStreaming) connection_->AnswerBroken();
  }
  // The connection owns us while there is one.
  if (--handles_ == 0 && connection_ == nullptr) delete this;
}

const http::RequestHead& Exchange::head() const { return head_ == nullptr ? kNoHead : *head_; }

std::string Exchange::peer() const {
  return connection_ == nullptr ? "" : connection_->peer().ToString();
}

uint64_t Exchange::batch() const { return connection_ == nullptr ? 0 : connection_->batch(); }

void Exchange::OnWritable(std::function<void()> callback) {
  if (state_ != State::kStreaming) return;
  on_writable_ = std::move(callback);
  // Perhaps it has run dry already.
  connection_->SendSoon();
}

void Exchange::OnAbort(std::function<void()> callback) {
  if (open()) on_abort_ = std::move(callback);
}

bool Exchange::CallWritable() {
  if (!on_writable_) return false;
  std::exchange(on_writable_, nullptr)();
  return true;
}

void Exchange::WriteHead(int status, std::string_view content_type, http::BodyFraming framing,
                         uint64_t length, const Headers& headers) {
  status_ = status < 200 || status > 599 ? 500 : status;
  sends_content_ = http::StatusHasContent(status_) && head_->method != "HEAD";
  if (!http::StatusHasContent(status_)) framing = http::BodyFraming::kNone;
  http::ResponseStart start{.status = status_,
                            .framing = framing,
                            .length = length,
                            .minor_version = head_->minor_version,
                            .content_type = content_type};
  start.keep_alive = connection_->DecideKeepAlive(framing != http::BodyFraming::kUntilClosing);
  start.date = connection_->Date();
  start.server = connection_->ServerName();
  std::string* out = connection_->Append();
  http::BeginResponseHead(start, out);
  out->append(connection_->Fields());
  for (const auto& [name, value] : headers) {
    if (!http::IsFramingField(name)) http::AppendField(name, value, out);
  }
  http::EndHead(out);
}

void Exchange::Send(int status, std::string_view content_type, std::string_view body,
                    const Headers& headers) {
  if (state_ != State::kWaiting) return;
  WriteHead(status, content_type, http::BodyFraming::kLength, body.size(), headers);
  if (sends_content_) {
    connection_->Append()->append(body);
    content_sent_ = body.size();
  }
  Close();
}

void Exchange::SendFile(int status, std::string_view content_type, os::UniqueFd file,
                        uint64_t offset, uint64_t length, const Headers& headers) {
  if (state_ != State::kWaiting) return;
  WriteHead(status, content_type, http::BodyFraming::kLength, length, headers);
  if (sends_content_) {
    connection_->AppendFile(std::move(file), offset, length);
    content_sent_ = length;
  }
  Close();
}

void Exchange::Start(int status, std::string_view content_type, const Headers& headers) {
  if (state_ != State::kWaiting) return;
  state_ = State::kStreaming;
  chunked_ = head_->minor_version >= 1;
  WriteHead(status, content_type,
            chunked_ ? http::BodyFraming::kChunked : http::BodyFraming::kUntilClosing, 0, headers);
  connection_->SendSoon();
}

bool Exchange::Write(std::string_view piece) {
  if (state_ != State::kStreaming) return false;
  if (!sends_content_) return true;
  content_sent_ += piece.size();
  std::string* out = connection_->Append();
  if (chunked_) {
    http::AppendChunk(piece, out);
  } else {
    out->append(piece);
  }
  connection_->SendSoon();
  return connection_->waiting() < kHighWater;
}

void Exchange::End() {
  if (state_ != State::kStreaming) return;
  if (chunked_ && sends_content_) http::AppendLastChunk(connection_->Append());
  Close();
}

void Exchange::Close() {
  state_ = State::kClosed;
  on_writable_ = nullptr;
  on_abort_ = nullptr;
  connection_->Answered(status_, content_sent_);
  head_ = nullptr;
  parts_ = {};
  if (body_.capacity() > kBodyKept) {
    body_ = {};
  } else {
    body_.clear();
  }
}

}  // namespace rollport::worker
