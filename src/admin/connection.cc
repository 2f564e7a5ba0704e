#include "admin/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "http/serialize.h"

namespace rollport::admin {

Connection::Connection(os::EventLoop& loop, os::UniqueFd fd, const Limits& limits,
                       const Service& service, std::function<void()> closed)
    : loop_(loop),
      limits_(limits),
      service_(service),
      closed_(std::move(closed)),
      fd_(std::move(fd)),
      watch_(loop, fd_.get(), [this](uint32_t happened) { OnEvents(happened); }),
      timer_(loop, [this] { Close(); }),
      next_answer_(loop, [this] { Advance(); }),
      parser_({.max_head = limits.max_head, .max_body = limits.max_body}),
      waiting_since_(loop.Now()) {
  if (limits.send_buffer > 0) {
    setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUF, &limits.send_buffer, sizeof limits.send_buffer);
  }
  timer_.After(limits_.patience);
}

void Connection::Begin() {
  if (!watch_.Set(EPOLLIN).ok()) Close();
}

void Connection::Refuse(int status, std::string_view message) {
  Answer(service_.complain(status, message), /*keep_alive=*/false);
  Advance();
}

void Connection::Close() {
  if (std::exchange(over_, true)) return;
  timer_.Cancel();
  next_answer_.Cancel();
  // Level-triggered: a watch that stays would wake the loop until it is gone.
  (void)watch_.Set(0);
  closed_();
}

void Connection::OnEvents(uint32_t happened) {
  if (over_) return;
  if ((happened & EPOLLIN) != 0 && !ReadSome()) return Close();
  // A hang-up where nothing is read or written any more would come again and again.
  if ((happened & (EPOLLHUP | EPOLLERR)) != 0 && (happened & EPOLLIN) == 0) return Close();
  Advance();
}

bool Connection::ReadSome() {
  char buffer[16 << 10];
  const ssize_t n = recv(fd_.get(), buffer, sizeof buffer, 0);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) eof_ = true;
  in_.append(buffer, static_cast<size_t>(n));
  return true;
}

void Connection::Advance() {
  bool answered = false;
  while (!over_) {
    const bool had_pending = pending();
    if (stream_ != nullptr && !Pump()) return Close();
    if (!Flush()) return Close();
    if (pending()) {
      // Every write that moves something gives the client another spell of patience.
      if (!had_pending || !timer_.armed()) timer_.After(limits_.patience);
      break;
    }
    if (closing_) return Close();
    // Who follows a stream has no request under way: the end of its half is its end.
    if (stream_ != nullptr) {
      if (eof_) return Close();
      if (!stream_waits_) continue;
      timer_.Cancel();
      break;
    }
    if (answered) {
      // Others have their turn first.
      next_answer_.After(absl::ZeroDuration());
      break;
    }
    answered = Parse();
    if (!answered) {
      if (eof_) return Close();
      break;
    }
  }
  if (!over_) WatchForNext();
}

void Connection::WatchForNext() {
  const bool busy = pending() || stream_ != nullptr || next_answer_.armed();
  if (busy) {
    waiting_since_ = Instant::Never();
  } else if (waiting_since_.is_never()) {
    waiting_since_ = loop_.Now();
  }
  const bool read = !pending() && !closing_ && !eof_ && !next_answer_.armed() &&
                    (stream_ == nullptr || in_.empty());
  const uint32_t wanted = (read ? EPOLLIN : 0U) | (pending() ? EPOLLOUT : 0U);
  if (!watch_.Set(wanted).ok()) Close();
}

bool Connection::Parse() {
  while (true) {
    size_t consumed = 0;
    const http::ParseEvent event = parser_.Next(in_, &consumed);
    switch (event) {
      case http::ParseEvent::kNeedMore:
        in_.erase(0, consumed);
        return false;
      case http::ParseEvent::kHead:
        TakeHead();
        in_.erase(0, consumed);
        if (parser_.head().expect_continue) return true;
        break;
      case http::ParseEvent::kBody:
        request_.body += parser_.body();
        in_.erase(0, consumed);
        break;
      case http::ParseEvent::kEnd:
        in_.erase(0, consumed);
        Answer(service_.handle(request_), keep_alive_);
        return true;
      case http::ParseEvent::kError:
        request_ = {};
        Answer(service_.complain(parser_.error().status, parser_.error().reason),
               /*keep_alive=*/false);
        return true;
    }
  }
}

void Connection::TakeHead() {
  const http::RequestHead& head = parser_.head();
  request_ = {.method = std::string(head.method), .target = std::string(head.target)};
  for (const http::Field& field : head.fields) {
    request_.fields.emplace_back(field.name, field.value);
  }
  keep_alive_ = head.keep_alive;
  minor_version_ = head.minor_version;
  if (head.expect_continue) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

void Connection::Answer(Response response, bool keep_alive) {
  const bool streams = response.stream != nullptr;
  chunked_ = minor_version_ >= 1;
  http::BodyFraming framing = http::BodyFraming::kLength;
  if (streams) framing = chunked_ ? http::BodyFraming::kChunked : http::BodyFraming::kUntilClosing;
  closing_ = !keep_alive && !streams;
  http::BeginResponseHead({.status = response.status,
                           .framing = framing,
                           .length = response.body.size(),
                           .minor_version = minor_version_,
                           .keep_alive = keep_alive && !streams,
                           .content_type = response.content_type},
                          &out_);
  for (const auto& [name, value] : response.fields) http::AppendField(name, value, &out_);
  http::EndHead(&out_);
  timer_.After(limits_.patience);
  if (request_.method == "HEAD") {
    closing_ = closing_ || streams;
    return;
  }
  out_ += response.body;
  if (!streams) return;
  stream_ = std::move(response.stream);
  stream_->Begin([this] { Advance(); });
}

bool Connection::Pump() {
  stream_waits_ = false;
  while (!closing_ && out_.size() - written_ < limits_.max_pending) {
    std::string piece;
    switch (stream_->Take(&piece)) {
      case Stream::State::kPiece:
        if (chunked_) {
          http::AppendChunk(piece, &out_);
        } else {
          out_ += piece;
        }
        break;
      case Stream::State::kWait:
        stream_waits_ = true;
        return true;
      case Stream::State::kEnd:
        if (chunked_) http::AppendLastChunk(&out_);
        closing_ = true;
        break;
      case Stream::State::kLost:
        return false;
    }
  }
  return true;
}

bool Connection::Flush() {
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

}  // namespace rollport::admin
