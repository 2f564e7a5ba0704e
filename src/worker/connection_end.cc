// How a connection ends: by its deadline, by the drain, or after its last answer.
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "os/socket_end.h"
#include "worker/connection.h"

namespace rollport::worker {
namespace {

// Reads of one connection in one turn of the loop: a client that sends without end must not starve
// the others.
constexpr int kReadsPerTurn = 16;
// Enough for all that the kernel keeps of one connection: tcp_rmem of tcp(7).
constexpr int kAllReads = 1024;

enum class Dropped { kAll, kNotAll, kEnd };

// Reads from the non-blocking socket `fd` and drops what it gets; kEnd: up to the peer's FIN, or
// the connection is broken.
Dropped DropReceived(int fd, std::vector<char>* scratch, int reads = kReadsPerTurn) {
  for (int i = 0; i < reads; ++i) {
    const ssize_t n = recv(fd, scratch->data(), scratch->size(), 0);
    if (n > 0 || (n < 0 && errno == EINTR)) continue;
    return n < 0 && errno == EAGAIN ? Dropped::kAll : Dropped::kEnd;
  }
  return Dropped::kNotAll;
}

}  // namespace

void Connection::LookAgain() {
  input_.LookAgain();
  Pump();
}

void Connection::EndIdle() {
  tally_.EndedIdle();
  Apply(ConnectionEvent::kEnded);
  Linger();
}

void Connection::Cut() {
  tally_.Cut();
  Close();
}

bool Connection::PrepareToLeave() {
  if (state_ != ConnectionState::kLingering || os::Unacknowledged(fd_.get()) == 0) return false;
  // If it fails, what comes may reset the connection: Leave() does not say that it is whole.
  os::DropArrivals(fd_.get()).IgnoreError();
  return true;
}

void Connection::Leave() {
  if (state_ != ConnectionState::kLingering) return;
  const Dropped dropped = DropReceived(fd_.get(), &context_.scratch, kAllReads);
  // Behind the client's FIN nothing more comes; a broken connection is the client's doing. One byte
  // is our own FIN.
  if (dropped != Dropped::kEnd && os::Unacknowledged(fd_.get()) > 1) {
    // The kernel resets a connection that is closed with unread bytes.
    dropped == Dropped::kAll ? tally_.Left() : tally_.Cut();
  }
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
  Apply(input_.fin_read() ? ConnectionEvent::kSentAfterFin : ConnectionEvent::kSent);
  if (state_ == ConnectionState::kLingering) return Linger();
  // The last segment, which the kernel may be keeping back, goes out with the FIN.
  shutdown(fd_.get(), SHUT_WR);
  Release();
}

void Connection::Linger() {
  shutdown(fd_.get(), SHUT_WR);
  input_.Consume(input_.view().size());
  deadline_.Update(CurrentWait(), context_.loop.Now());
  Watch(0);
  Discard();
}

void Connection::Discard() {
  if (state_ != ConnectionState::kLingering) return;
  switch (DropReceived(fd_.get(), &context_.scratch)) {
    case Dropped::kAll:
      break;
    case Dropped::kNotAll:
      owner_.Resume(this);
      break;
    case Dropped::kEnd:
      Apply(ConnectionEvent::kGone);
      Release();
      break;
  }
}

// Time is over for a client that has everything, not for one that is still taking its answer.
void Connection::LingerOn() {
  if (!deadline_.LingerOn(os::Unacknowledged(fd_.get()), context_.loop.Now())) Close();
}

void Connection::Close() {
  if (state_ == ConnectionState::kClosed) return;
  // So that the kernel goes on sending what it has; with unread bytes it would reset instead.
  if (state_ == ConnectionState::kLingering) DropReceived(fd_.get(), &context_.scratch);
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
  if (head_begun()) return Wait::kHead;
  return state_ == ConnectionState::kIdle ? Wait::kIdle : Wait::kFirst;
}

void Connection::OnTimer() {
  if (deadline_.Passed(context_.loop.Now())) TimedOut();
}

void Connection::TimedOut() {
  switch (deadline_.wait()) {
    case Wait::kIdle:
      // A request may have come in this very turn.
      LookAgain();
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
      // The same.
      LookAgain();
      if (state_ == ConnectionState::kFresh && !head_begun()) Close();
      break;
    case Wait::kSend:
      Close();
      break;
    case Wait::kLinger:
      LingerOn();
      break;
    case Wait::kHandler:
      break;
  }
}

}  // namespace rollport::worker
