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
      patience_(loop, [this] { Close(); }),
      next_answer_(loop, [this] { Advance(); }),
      reader_({.max_head = limits.max_head, .max_body = limits.max_body}),
      waiting_since_(loop.Now()) {
  if (limits.send_buffer > 0) {
    setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUF, &limits.send_buffer, sizeof limits.send_buffer);
  }
  patience_.After(limits_.patience);
}

void Connection::Begin() {
  if (!watch_.Set(EPOLLIN).ok()) Close();
}

void Connection::Refuse(int status, std::string_view message) {
  Answer(service_.complain(status, message), /*keep_alive=*/false);
  Advance();
}

void Connection::Close() {
  if (std::exchange(state_, State::kOver) == State::kOver) return;
  patience_.Cancel();
  next_answer_.Cancel();
  // Level-triggered: a watch that stays would wake the loop until it is gone.
  watch_.Set(0).IgnoreError();
  closed_();
}

void Connection::OnEvents(uint32_t happened) {
  if (over()) return;
  if ((happened & EPOLLIN) != 0 && !ReadSome()) return Close();
  // While nothing is read or sent, a hang-up would be reported again and again.
  if ((happened & (EPOLLHUP | EPOLLERR)) != 0 && (happened & EPOLLIN) == 0) return Close();
  Advance();
}

bool Connection::ReadSome() {
  char buffer[16 << 10];
  const ssize_t n = recv(fd_.get(), buffer, sizeof buffer, 0);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) eof_ = true;
  reader_.Add({buffer, static_cast<size_t>(n)});
  return true;
}

void Connection::Advance() {
  bool answered = false;
  Step step = Step::kGoOn;
  while (step == Step::kGoOn && !over()) {
    step = SendAnswers();
    if (step == Step::kGoOn) step = stream_.begun() ? FollowStream() : AnswerNext(&answered);
  }
  if (step == Step::kClose) return Close();
  if (!over()) WatchForNext();
}

Connection::Step Connection::SendAnswers() {
  const bool had_pending = !out_.empty();
  if (state_ == State::kOpen && stream_.begun()) {
    const StreamedBody::State filled = stream_.Fill(limits_.max_pending, &out_);
    if (filled == StreamedBody::State::kLost) return Step::kClose;
    if (filled == StreamedBody::State::kEnded) state_ = State::kClosing;
  }
  const std::optional<size_t> sent = out_.Flush(fd_.get());
  if (!sent.has_value()) return Step::kClose;
  // Whenever something moves, the client is given the whole time again.
  if (*sent > 0) patience_.After(limits_.patience);
  if (!out_.empty()) {
    if (!had_pending || !patience_.armed()) patience_.After(limits_.patience);
    return Step::kWait;
  }
  return state_ == State::kClosing ? Step::kClose : Step::kGoOn;
}

Connection::Step Connection::FollowStream() {
  // The client has no other request under way: the end of its half is its end.
  if (eof_) return Step::kClose;
  if (stream_.state() != StreamedBody::State::kWaiting) return Step::kGoOn;
  patience_.Cancel();
  return Step::kWait;
}

Connection::Step Connection::AnswerNext(bool* answered) {
  if (*answered) {
    // Other clients have their turn first.
    next_answer_.After(absl::ZeroDuration());
    return Step::kWait;
  }
  switch (reader_.Read()) {
    case RequestReader::Result::kNeedMore:
      return eof_ ? Step::kClose : Step::kWait;
    case RequestReader::Result::kContinue:
      *out_.bytes() += "HTTP/1.1 100 Continue\r\n\r\n";
      break;
    case RequestReader::Result::kRequest:
      Answer(service_.handle(reader_.request()), reader_.keep_alive());
      break;
    case RequestReader::Result::kError:
      Answer(service_.complain(reader_.error().status, reader_.error().reason),
             /*keep_alive=*/false);
      break;
  }
  *answered = true;
  return Step::kGoOn;
}

void Connection::Answer(Response response, bool keep_alive) {
  const bool streams = response.stream != nullptr;
  const bool chunked = reader_.minor_version() >= 1;
  const bool has_body = reader_.request().method != "HEAD";
  http::BodyFraming framing = http::BodyFraming::kLength;
  if (streams) framing = chunked ? http::BodyFraming::kChunked : http::BodyFraming::kUntilClosing;
  http::BeginResponseHead({.status = response.status,
                           .framing = framing,
                           .length = response.body.size(),
                           .minor_version = reader_.minor_version(),
                           .keep_alive = keep_alive && !streams,
                           .content_type = response.content_type},
                          out_.bytes());
  for (const auto& [name, value] : response.fields) {
    http::AppendField(name, value, out_.bytes());
  }
  http::EndHead(out_.bytes());
  patience_.After(limits_.patience);
  if (has_body) *out_.bytes() += response.body;
  if (has_body && streams) {
    stream_.Begin(std::move(response.stream), chunked, [this] { Advance(); });
  } else if (state_ == State::kOpen && (streams || !keep_alive)) {
    state_ = State::kClosing;
  }
}

void Connection::WatchForNext() {
  const bool pending = !out_.empty();
  const bool answers_later = next_answer_.armed();
  if (pending || stream_.begun() || answers_later) {
    waiting_since_ = Instant::Never();
  } else if (waiting_since_.is_never()) {
    waiting_since_ = loop_.Now();
  }
  const bool read = state_ == State::kOpen && !eof_ && !pending && !answers_later &&
                    (!stream_.begun() || !reader_.has_input());
  const uint32_t wanted = (read ? EPOLLIN : 0U) | (pending ? EPOLLOUT : 0U);
  if (!watch_.Set(wanted).ok()) Close();
}

}  // namespace rollport::admin
