// How a connection ends: by its deadline, by the drain, or after its last answer.
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "worker/connection.h"

namespace rollport::worker {
namespace {

// How long we read on after our FIN (RFC 9112 section 9.6).
constexpr absl::Duration kLingerTime = absl::Seconds(2);

}  // namespace

bool Connection::quiet() const {
  return phase_ == Phase::kServing && !in_message_ && parser_.idle() && input_.empty() &&
         !exchange_->open() && output_.empty();
}

void Connection::EndIdle() {
  readable_ = true;
  Pump();
  if (!idle()) return;
  if (!probe_) context_.page.connections_ended.Add(1);
  Linger();
}

void Connection::Cut() {
  if (!probe_) context_.page.connections_cut.Add(1);
  Close();
}

protocol::Message Connection::ForSuccessor() const {
  return {
      .kind = protocol::Message::Kind::kConnection, .answered = answered_, .idle_since = since_};
}

void Connection::HandedOver() {
  context_.page.connections_handed_over.Add(1);
  Close();
}

void Connection::Finish() {
  if (!eof_ && (linger_ || !input_.empty())) return Linger();
  // Before the close, which would throw away what is not sent yet if the client had sent more.
  shutdown(fd_.get(), SHUT_WR);
  Close();
}

void Connection::Linger() {
  phase_ = Phase::kLingering;
  shutdown(fd_.get(), SHUT_WR);
  SetDeadline();
  Watch(0);
  Discard();
}

void Connection::Discard() {
  while (phase_ == Phase::kLingering) {
    const ssize_t n = recv(fd_.get(), context_.scratch.data(), context_.scratch.size(), 0);
    if (n > 0 || (n < 0 && errno == EINTR)) continue;
    if (n < 0 && errno == EAGAIN) return;
    Close();
  }
}

void Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  timer_.Cancel();
  if (!probe_) context_.page.connections_open.Sub(1);
  Exchange* const exchange = std::exchange(exchange_, nullptr);
  if (exchange->open() && !probe_) context_.page.requests_open.Sub(1);
  // Now, not at the end of the turn; a watched one must wait until its watch can go before it.
  if (!watch_.has_value()) fd_.Reset();
  context_.owner.Closed(this);
  exchange->Detach();
}

Connection::Wait Connection::CurrentWait() const {
  if (phase_ == Phase::kLingering) return Wait::kLinger;
  if (!output_.empty()) return Wait::kSend;
  if (exchange_->open()) return Wait::kHandler;
  if (in_message_) return Wait::kBody;
  if (!parser_.idle() || !input_.empty()) return Wait::kHead;
  return answered_ ? Wait::kIdle : Wait::kFirst;
}

// One deadline and one timer for everything. The timer is moved only to be earlier: one that comes
// too early looks again, so that a request costs no change of the loop's heap.
void Connection::SetDeadline() {
  if (phase_ == Phase::kClosed) return;
  if (CurrentWait() != wait_ || progress_) SetDeadlineFrom(context_.loop.Now());
}

void Connection::SetDeadlineFrom(Instant since) {
  const Wait wait = CurrentWait();
  wait_ = wait;
  progress_ = false;
  since_ = since;
  absl::Duration limit = kLingerTime;
  switch (wait) {
    case Wait::kFirst:
    case Wait::kHead:
      limit = context_.limits.head;
      break;
    case Wait::kIdle:
      limit = context_.limits.idle;
      break;
    case Wait::kBody:
      limit = context_.limits.body;
      break;
    case Wait::kSend:
      limit = context_.limits.send;
      break;
    case Wait::kHandler:
      limit = absl::InfiniteDuration();
      break;
    case Wait::kLinger:
      break;
  }
  deadline_ = since + limit;
  if (!deadline_.is_never() && (!timer_.armed() || deadline_ < timer_.when())) {
    timer_.At(deadline_);
  }
}

void Connection::OnTimer() {
  if (deadline_.is_never()) return;
  if (context_.loop.Now() < deadline_) return timer_.At(deadline_);
  TimedOut();
}

void Connection::TimedOut() {
  switch (wait_) {
    case Wait::kIdle:
      // A request may have come in this very turn.
      readable_ = true;
      Pump();
      if (idle()) Linger();
      break;
    case Wait::kHead:
    case Wait::kBody:
      Refuse(408, "");
      Pump();
      break;
    case Wait::kFirst:
    case Wait::kSend:
    case Wait::kLinger:
      Close();
      break;
    case Wait::kHandler:
      break;
  }
}

}  // namespace rollport::worker
