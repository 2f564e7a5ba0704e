#include "load/client.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/strings.h"
#include "os/errno_status.h"

namespace rollport::load {
namespace {

// A slow writer cuts its request into this many pieces.
constexpr size_t kPieces = 10;

std::string ErrorText(int error, std::string_view call) {
  return std::string(os::ErrnoStatus(error, call).message());
}

}  // namespace

Client::Client(RunContext& context, ClientKind kind, size_t index)
    : context_(context),
      kind_(kind),
      index_(index),
      target_(index % context.plan.targets.size()),
      deadline_(context.loop, [this] { OnDeadline(); }),
      pace_(context.loop, [this] { OnPace(); }) {}

void Client::Start(Instant intended) {
  RP_CHECK(free(), absl::StrCat("state ", static_cast<int>(state_)));
  intended_ = intended;
  began_ = context_.loop.Now();
  sent_ = 0;
  paused_ = reset_on_send_ = false;
  if (connection_ != nullptr && last_byte_ < began_ && EndedMeanwhile()) Drop();
  state_ = State::kExchanging;
  if (connection_ == nullptr) {
    Connect();
    if (state_ == State::kResting) return;
  }
  const Expectation expectation = context_.maker.Make(kind_, connection_->target, &request_);
  connection_->check.Begin(expectation);
  deadline_.At(began_ + context_.plan.timeout);
  Send();
}

bool Client::EndedMeanwhile() {
  char byte;
  const ssize_t n = recv(connection_->fd.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return false;
  if (n > 0) {
    OnIdleBytes();
  } else {
    ++(n == 0 ? context_.tally.connections().idle_closed : context_.tally.connections().idle_reset);
  }
  return true;
}

void Client::Connect() {
  target_ = (target_ + 1) % context_.plan.targets.size();
  int error = 0;
  connection_ = Connection::Open(
      context_.loop, context_.plan.targets[target_], kind_ == ClientKind::kSlowReader,
      [this](uint32_t events) { OnEvent(events); }, &error);
  state_ = State::kConnecting;
  if (connection_ == nullptr) Lose(OutcomeOfConnectError(error), ErrorText(error, "connect"));
}

void Client::OnEvent(uint32_t events) {
  switch (state_) {
    case State::kConnecting:
      if (const int error = connection_->TakeError(); error != 0) {
        Lose(OutcomeOfConnectError(error), ErrorText(error, "connect"));
      } else {
        Send();
      }
      break;
    case State::kExchanging:
      // EPOLLHUP and EPOLLERR come during a pause too: take all there is, it is the end anyway.
      if ((events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) {
        Receive((events & (EPOLLHUP | EPOLLERR)) != 0);
      } else {
        Send();
      }
      break;
    case State::kFree:
      if (EndedMeanwhile()) Drop();
      break;
    case State::kClosing:
      Receive(true);
      break;
    case State::kResting:
      break;
  }
}

void Client::Send() {
  while (sent_ < request_.size()) {
    size_t piece = request_.size() - sent_;
    if (kind_ == ClientKind::kSlowWriter) {
      piece = std::min(piece, request_.size() / kPieces + 1);
    }
    const ssize_t n =
        send(connection_->fd.get(), request_.data() + sent_, piece, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
      if (errno == EAGAIN) return Watch(EPOLLIN | EPOLLOUT);
      const int error = errno;
      if (state_ == State::kConnecting) {
        return Lose(OutcomeOfConnectError(error), ErrorText(error, "connect"));
      }
      if (error != ECONNRESET && error != EPIPE && error != ETIMEDOUT) {
        return Lose(Outcome::kLocalError, ErrorText(error, "send"));
      }
      // There may still be an answer to read.
      reset_on_send_ = error != EPIPE;
      Watch(EPOLLIN);
      return Receive(true);
    }
    if (state_ == State::kConnecting) {
      state_ = State::kExchanging;
      ++context_.tally.connections().opened;
    }
    sent_ += static_cast<size_t>(n);
    if (kind_ == ClientKind::kSlowWriter && sent_ < request_.size()) return Pause();
  }
  Watch(EPOLLIN);
}

void Client::Receive(bool at_once) {
  const bool sip = kind_ == ClientKind::kSlowReader && state_ == State::kExchanging && !at_once;
  const size_t limit = sip ? std::min(context_.plan.habits.slow_bytes, context_.read_buffer.size())
                           : context_.read_buffer.size();
  while (true) {
    const ssize_t n = recv(connection_->fd.get(), context_.read_buffer.data(), limit, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return OnEnd(n < 0, n < 0 ? ErrorText(errno, "recv") : "");
    context_.tally.AddBytes(static_cast<uint64_t>(n));
    if (state_ == State::kClosing) {
      OnIdleBytes();
      Drop();
      return BecomeFree();
    }
    if (connection_->check.Feed({context_.read_buffer.data(), static_cast<size_t>(n)})) {
      OnVerdict();
      // The FIN often comes with the answer: look for it before another turn of the loop.
      if (state_ != State::kClosing) return;
      continue;
    }
    if (sip) return Pause();
    if (static_cast<size_t>(n) < limit && !at_once) return;
  }
}

void Client::OnEnd(bool reset, std::string_view detail) {
  if (state_ == State::kClosing) {
    Drop();
    return BecomeFree();
  }
  if (!reset && reset_on_send_) {
    reset = true;
    detail = "send: Connection reset by peer";
  }
  AnswerCheck& check = connection_->check;
  if (reset) {
    return Lose(check.begun() ? Outcome::kResetMidway : Outcome::kReset, std::string(detail));
  }
  check.Eof();
  const bool crossed = check.outcome() == Outcome::kClosed && connection_->answers > 0 &&
                       connection_->Unacknowledged() >= static_cast<int>(sent_);
  if (crossed) return Lose(Outcome::kCrossedClose, "closed before the request had arrived");
  OnVerdict();
}

void Client::OnIdleBytes() { ++context_.tally.connections().stray; }

void Client::OnVerdict() {
  AnswerCheck& check = connection_->check;
  if (check.outcome() != Outcome::kOk) return Lose(check.outcome(), check.detail());
  ++connection_->answers;
  if (!check.server().empty()) context_.tally.CountServer(check.server());
  Finish(Outcome::kOk, "");
  state_ = State::kClosing;
  last_byte_ = context_.loop.Now();
  if (kind_ == ClientKind::kFresh || !check.keep_alive()) {
    // Let the server close first: the port is free for the next connection at once, and no
    // TIME_WAIT is left on this side.
    Watch(EPOLLIN);
    deadline_.At(last_byte_ + context_.plan.timeout);
    return;
  }
  // The answer came before the whole request was sent: the rest would be taken for the next
  // request.
  if (sent_ < request_.size()) Drop();
  if (connection_ != nullptr) Watch(EPOLLIN);
  BecomeFree();
}

void Client::OnDeadline() {
  switch (state_) {
    case State::kConnecting:
      return Lose(Outcome::kConnectTimeout, "not connected in time");
    case State::kExchanging:
      return Lose(Outcome::kLate, connection_->check.begun() ? "incomplete answer" : "no answer");
    case State::kClosing:
      ++context_.tally.connections().left_open;
      Drop();
      return BecomeFree();
    case State::kFree:
    case State::kResting:
      return;
  }
}

void Client::Pause() {
  paused_ = true;
  Watch(kind_ == ClientKind::kSlowReader ? 0U : uint32_t{EPOLLIN});
  pace_.After(context_.plan.habits.slow_pause);
  deadline_.At(deadline_.when() + context_.plan.habits.slow_pause);
}

void Client::OnPace() {
  if (state_ == State::kResting) return BecomeFree();
  if (state_ != State::kExchanging || !paused_) return;
  paused_ = false;
  if (kind_ == ClientKind::kSlowReader) {
    Watch(EPOLLIN);
  } else {
    Send();
  }
}

void Client::Watch(uint32_t events) {
  const absl::Status status = connection_->watch.Set(events);
  if (status.ok()) return;
  if (asking()) return Lose(Outcome::kLocalError, std::string(status.message()));
  Drop();
}

void Client::Finish(Outcome outcome, std::string detail) {
  const Instant now = context_.loop.Now();
  deadline_.Cancel();
  pace_.Cancel();
  context_.tally.Count(kind_, outcome, intended_, now);
  if (outcome == Outcome::kOk) return;
  Loss loss{.began = began_ - context_.tally.start(),
            .ended = now - context_.tally.start(),
            .client = kind_,
            .outcome = outcome,
            .detail = std::move(detail)};
  const Url& url = context_.plan.targets[target_].url;
  loss.url =
      absl::StrCat("http://", url.authority,
                   kind_ == ClientKind::kPost ? context_.plan.habits.post_target : url.target);
  if (connection_ != nullptr) {
    loss.local = connection_->LocalName();
    loss.served_by = connection_->check.server();
  }
  context_.tally.AddLoss(std::move(loss));
}

void Client::Lose(Outcome outcome, std::string detail) {
  Finish(outcome, std::move(detail));
  Drop();
  state_ = State::kResting;
  pace_.After(kRest);
  if (IsLost(outcome)) context_.on_loss();
}

void Client::Drop() {
  if (connection_ == nullptr) return;
  // The caller may be the connection's own watch, and this client may be gone before the turn ends.
  connection_->dropped = true;
  context_.loop.Defer([dead = std::exchange(connection_, nullptr)] {});
}

void Client::BecomeFree() {
  deadline_.Cancel();
  state_ = State::kFree;
  context_.on_free(*this);
}

void Client::Abandon() {
  if (asking()) Finish(Outcome::kUnfinished, "the run was ended");
  deadline_.Cancel();
  pace_.Cancel();
  Drop();
  state_ = State::kFree;
}

}  // namespace rollport::load
