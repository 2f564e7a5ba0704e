#include "controller/control_connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "controller/control_json.h"
#include "http/serialize.h"

namespace rollport::controller {

ControlConnection::ControlConnection(os::EventLoop& loop, os::UniqueFd fd,
                                     const ControlLimits& limits, EventLog& events, Handler handler,
                                     std::function<void()> closed)
    : loop_(loop),
      limits_(limits),
      events_(events),
      handler_(std::move(handler)),
      closed_(std::move(closed)),
      fd_(std::move(fd)),
      watch_(loop, fd_.get(), [this](uint32_t happened) { OnEvents(happened); }),
      timer_(loop, [this] { Close(); }),
      parser_({.max_head = limits.max_head, .max_body = limits.max_body}) {
  timer_.After(limits_.patience);
  if (!watch_.Set(EPOLLIN).ok()) Close();
}

void ControlConnection::Refuse(int status, std::string_view message) {
  Answer({.status = status, .body = ErrorJson(message, std::nullopt)}, /*keep_alive=*/false);
  Advance();
}

void ControlConnection::Close() {
  if (std::exchange(over_, true)) return;
  timer_.Cancel();
  subscription_ = {};
  // Level-triggered: a watch that stays would wake the loop until it is gone.
  (void)watch_.Set(0);
  closed_();
}

void ControlConnection::OnEvents(uint32_t happened) {
  if (over_) return;
  if ((happened & EPOLLIN) != 0 && !ReadSome()) return Close();
  // A hang-up where nothing is read or written any more would come again and again.
  if ((happened & (EPOLLHUP | EPOLLERR)) != 0 && (happened & EPOLLIN) == 0) return Close();
  Advance();
}

bool ControlConnection::ReadSome() {
  char buffer[16 << 10];
  const ssize_t n = recv(fd_.get(), buffer, sizeof buffer, 0);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) eof_ = true;
  in_.append(buffer, static_cast<size_t>(n));
  return true;
}

void ControlConnection::Advance() {
  while (!over_) {
    const bool had_pending = pending();
    if (follow_.has_value() && !Pump()) return Close();
    if (!Flush()) return Close();
    if (pending()) {
      // Every write that moves something gives the client another spell of patience.
      if (!had_pending || !timer_.armed()) timer_.After(limits_.patience);
      break;
    }
    if (closing_) return Close();
    // Who follows has no request under way: the end of its half of the connection is its end.
    if (follow_.has_value()) {
      if (eof_) return Close();
      if (events_.After(cursor_) != nullptr) continue;
      timer_.Cancel();
      break;
    }
    if (!Parse()) {
      if (eof_) return Close();
      break;
    }
  }
  if (over_) return;
  const bool read = !pending() && !closing_ && !eof_ && (!follow_.has_value() || in_.empty());
  const uint32_t wanted = (read ? EPOLLIN : 0U) | (pending() ? EPOLLOUT : 0U);
  if (!watch_.Set(wanted).ok()) Close();
}

// True when an answer is on its way; false when more bytes are needed.
bool ControlConnection::Parse() {
  while (true) {
    size_t consumed = 0;
    const http::ParseEvent event = parser_.Next(in_, &consumed);
    switch (event) {
      case http::ParseEvent::kNeedMore:
        in_.erase(0, consumed);
        return false;
      case http::ParseEvent::kHead: {
        const http::RequestHead& head = parser_.head();
        request_ = {std::string(head.method), std::string(head.target), ""};
        keep_alive_ = head.keep_alive;
        if (head.expect_continue) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
        in_.erase(0, consumed);
        if (head.expect_continue) return true;
        break;
      }
      case http::ParseEvent::kBody:
        request_.body += parser_.body();
        in_.erase(0, consumed);
        break;
      case http::ParseEvent::kEnd:
        in_.erase(0, consumed);
        Answer(handler_(request_), keep_alive_);
        return true;
      case http::ParseEvent::kError:
        request_ = {};
        Answer({.status = parser_.error().status,
                .body = ErrorJson(parser_.error().reason, std::nullopt)},
               /*keep_alive=*/false);
        return true;
    }
  }
}

void ControlConnection::Answer(const ControlResponse& response, bool keep_alive) {
  if (response.follow.has_value()) return Follow(*response.follow);
  closing_ = !keep_alive;
  http::BeginResponseHead({.status = response.status,
                           .length = response.body.size() + 1,
                           .keep_alive = keep_alive,
                           .content_type = "application/json"},
                          &out_);
  if (!response.allow.empty()) http::AppendField("Allow", response.allow, &out_);
  http::EndHead(&out_);
  if (request_.method != "HEAD") out_ += response.body + "\n";
  timer_.After(limits_.patience);
}

void ControlConnection::Follow(int64_t roll) {
  http::BeginResponseHead({.framing = http::BodyFraming::kChunked,
                           .keep_alive = false,
                           .content_type = "application/jsonl"},
                          &out_);
  http::EndHead(&out_);
  if (request_.method == "HEAD") {
    closing_ = true;
    return;
  }
  follow_ = roll;
  cursor_ = roll == 0 ? events_.last() : 0;
  subscription_ = events_.Subscribe([this](const FleetEvent&) { Advance(); });
}

bool ControlConnection::Pump() {
  while (!closing_ && out_.size() - written_ < limits_.max_pending) {
    const FleetEvent* event = events_.After(cursor_);
    if (event == nullptr) return true;
    // The log has forgotten what this client has not yet been told: it must not believe that it
    // knows everything.
    if (cursor_ != 0 && event->sequence != cursor_ + 1) return false;
    cursor_ = event->sequence;
    if (*follow_ != 0 && event->roll != *follow_) continue;
    http::AppendChunk(ToJson(*event) + "\n", &out_);
    if (*follow_ != 0 && event->verdict.has_value()) {
      http::AppendLastChunk(&out_);
      closing_ = true;
    }
  }
  return true;
}

bool ControlConnection::Flush() {
  while (pending()) {
    const ssize_t n = send(fd_.get(), out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN;
    written_ += static_cast<size_t>(n);
    timer_.After(limits_.patience);
  }
  out_.clear();
  written_ = 0;
  return true;
}

}  // namespace rollport::controller
