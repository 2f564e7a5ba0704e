// How a connection ends: by its deadline, by the drain, or after its last answer.
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "worker/connection.h"

namespace rollport::worker {

void Connection::EndIdle() {
  input_.LookAgain();
  Pump();
  if (!idle()) return;
  tally_.EndedIdle();
  Apply(ConnectionEvent::kEnded);
  Linger();
}

void Connection::Cut() {
  tally_.Cut();
  Close();
}

protocol::Message Connection::ForSuccessor() const {
  return {.kind = protocol::Message::Kind::kConnection,
          .answered = state_ == ConnectionState::kIdle,
          .idle_since = deadline_.since()};
}

void Connection::HandedOver() {
  tally_.HandedOver();
  Close();
}

void Connection::Finish() {
  if (input_.fin_read()) {
    Apply(ConnectionEvent::kSentAfterFin);
  } else {
    Apply(input_.empty() ? ConnectionEvent::kSent : ConnectionEvent::kSentMoreCame);
  }
  if (state_ == ConnectionState::kLingering) return Linger();
  // Before the close, which would discard what is not sent yet if the client had sent more.
  shutdown(fd_.get(), SHUT_WR);
  Release();
}

void Connection::Linger() {
  shutdown(fd_.get(), SHUT_WR);
  deadline_.Update(CurrentWait(), context_.loop.Now());
  Watch(0);
  Discard();
}

void Connection::Discard() {
  while (state_ == ConnectionState::kLingering) {
    const ssize_t n = recv(fd_.get(), context_.scratch.data(), context_.scratch.size(), 0);
    if (n > 0 || (n < 0 && errno == EINTR)) continue;
    if (n < 0 && errno == EAGAIN) return;
    Close();
  }
}

void Connection::Close() {
  if (state_ == ConnectionState::kClosed) return;
  if (HasRequest(state_)) tally_.RequestEnded();
  Apply(ConnectionEvent::kGone);
  Release();
}

// Lets go of everything, once state_ is kClosed.
void Connection::Release() {
  deadline_.Cancel();
  tally_.Closed();
  Exchange* const exchange = std::exchange(exchange_, nullptr);
  // Now, not at the end of the turn; a watched descriptor must wait until its watch has gone.
  if (!watch_.has_value()) fd_.Reset();
  owner_.Closed(this);
  exchange->Detach();
}

Wait Connection::CurrentWait() const {
  if (state_ == ConnectionState::kLingering) return Wait::kLinger;
  if (!output_.empty() || IsEnding(state_)) return Wait::kSend;
  if (HasRequest(state_)) return Wait::kHandler;
  if (state_ == ConnectionState::kReceiving) return Wait::kBody;
  if (!parser_.idle() || !input_.empty()) return Wait::kHead;
  return state_ == ConnectionState::kIdle ? Wait::kIdle : Wait::kFirst;
}

void Connection::OnTimer() {
  if (deadline_.Passed(context_.loop.Now())) TimedOut();
}

void Connection::TimedOut() {
  switch (deadline_.wait()) {
    case Wait::kIdle:
      // A request may have come in this very turn.
      input_.LookAgain();
      Pump();
      if (!idle()) break;
      Apply(ConnectionEvent::kEnded);
      Linger();
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
