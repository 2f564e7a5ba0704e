#include "worker/exchange.h"

#include <utility>

#include "base/check.h"

namespace rollport::worker {
namespace {

// A streamed answer may leave this many bytes in memory before its writer is asked to wait.
constexpr size_t kHighWater = 64 << 10;

}  // namespace

void Exchange::Open() {
  RP_CHECK(state_ == State::kClosed && handles_ == 0, "an exchange has one request at a time");
  state_ = State::kWaiting;
}

void Exchange::Give() {
  Open();
  (*request_.handler())(Request(this), Response(this));
}

void Exchange::AnswerText(int status, std::string_view text, const Headers& headers) {
  Open();
  Send(status, text.empty() ? "" : "text/plain", text, headers);
}

void Exchange::Detach() {
  // Held to the end: the callbacks, and what they own, may let the last handle go.
  Ref();
  owner_ = nullptr;
  request_.Clear();
  on_writable_ = nullptr;
  if (std::exchange(state_, State::kClosed) != State::kClosed) aborted_ = true;
  if (auto callback = std::exchange(on_abort_, nullptr); callback && aborted_) callback();
  Unref();
}

void Exchange::Unref() {
  RP_CHECK(handles_ > 0, "a handle too few");
  if (handles_ == 1 && state_ != State::kClosed) Abandon();
  // The owner, if there is one, deletes us by Detach().
  if (--handles_ == 0 && owner_ == nullptr) delete this;
}

void Exchange::Abandon() {
  if (state_ == State::kWaiting) {
    Send(500, "text/plain", "500 Internal Server Error\n", {});
  } else {
    owner_->AnswerBroken();
  }
}

std::string Exchange::peer() const { return owner_ == nullptr ? "" : owner_->peer(); }

uint64_t Exchange::batch() const { return owner_ == nullptr ? 0 : context_.batches.current(); }

void Exchange::OnWritable(std::function<void()> callback) {
  if (state_ != State::kStreaming) return;
  on_writable_ = std::move(callback);
  // The output may be empty already.
  owner_->SendSoon();
}

void Exchange::OnAbort(std::function<void()> callback) {
  if (state_ != State::kClosed) on_abort_ = std::move(callback);
}

bool Exchange::CallWritable() {
  if (!on_writable_) return false;
  std::exchange(on_writable_, nullptr)();
  return true;
}

void Exchange::WriteHead(int status, std::string_view content_type, http::BodyFraming framing,
                         uint64_t length, const Headers& headers) {
  answer_.Begin(request_.head(), status, framing);
  const bool keep_alive = owner_->StaysOpen(answer_.delimited());
  answer_.WriteHead(content_type, length, keep_alive, headers);
}

void Exchange::Send(int status, std::string_view content_type, std::string_view body,
                    const Headers& headers) {
  if (state_ != State::kWaiting) return;
  WriteHead(status, content_type, http::BodyFraming::kLength, body.size(), headers);
  answer_.Append(body);
  Close();
}

void Exchange::SendFile(int status, std::string_view content_type, os::UniqueFd file,
                        uint64_t offset, uint64_t length, const Headers& headers) {
  if (state_ != State::kWaiting) return;
  WriteHead(status, content_type, http::BodyFraming::kLength, length, headers);
  answer_.AppendFile(std::move(file), offset, length);
  Close();
}

void Exchange::Start(int status, std::string_view content_type, const Headers& headers) {
  if (state_ != State::kWaiting) return;
  state_ = State::kStreaming;
  const bool chunked = request_.head().minor_version >= 1;
  WriteHead(status, content_type,
            chunked ? http::BodyFraming::kChunked : http::BodyFraming::kUntilClosing, 0, headers);
  owner_->SendSoon();
}

bool Exchange::Write(std::string_view piece) {
  if (state_ != State::kStreaming) return false;
  if (!answer_.sends_content()) return true;
  answer_.Append(piece);
  owner_->SendSoon();
  return answer_.waiting() < kHighWater;
}

void Exchange::End() {
  if (state_ != State::kStreaming) return;
  answer_.End();
  Close();
}

void Exchange::Close() {
  state_ = State::kClosed;
  on_writable_ = nullptr;
  on_abort_ = nullptr;
  owner_->Answered({.method = request_.head().method,
                    .target = request_.head().target,
                    .minor_version = request_.head().minor_version,
                    .status = answer_.status(),
                    .content_sent = answer_.content_sent(),
                    .began = request_.began()});
  request_.Clear();
}

}  // namespace rollport::worker
