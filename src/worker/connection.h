// One client's connection: reads requests one after the other, has each answered in order, and ends
// so that the client sees every answer whole.
//
// One function, Pump(), does everything that can be done now; it is called whenever something has
// changed: the socket, an answer, the clock. What may happen when is in connection_state.h.
#ifndef ROLLPORT_WORKER_CONNECTION_H_
#define ROLLPORT_WORKER_CONNECTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/parser.h"
#include "os/address.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "protocol/handover.h"
#include "worker/connection_state.h"
#include "worker/connection_tally.h"
#include "worker/context.h"
#include "worker/deadline.h"
#include "worker/exchange.h"
#include "worker/input.h"
#include "worker/output.h"
#include "worker/own_answers.h"

namespace rollport::worker {

class Connection;

// What a connection reports to its owner, and asks of it.
class ConnectionOwner {
 public:
  // `connection` has closed; the owner destroys it, but not while it is on the stack.
  virtual void Closed(Connection* connection) = 0;
  // Asks for `connection->Pump()` before the loop waits again.
  virtual void Resume(Connection* connection) = 0;
  // `connection->passable()`, while the worker drains. It may be closed when this returns.
  virtual void Passable(Connection* connection) = 0;

 protected:
  ~ConnectionOwner() = default;
};

class Connection final : public ExchangeOwner {
 public:
  // Accepted, or handed over by a predecessor that described it in `handed`. REQUIRES: `context`
  // and `owner` outlive it.
  Connection(Context& context, ConnectionOwner& owner, os::UniqueFd fd,
             const os::SocketAddress& peer, const protocol::Message* handed = nullptr);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  // REQUIRES: it is closed.
  ~Connection();

  // Waits for the first request. Call once.
  void Begin();
  // Does everything that can be done now. Harmless at any time, except in a handler.
  void Pump();

  // The controller's own connection, which is counted apart.
  bool probe() const { return tally_.probe(); }

  // For the drain. Idle: it has had an answer, and no other request has begun. Under way: a
  // request or an answer is not complete, or its first request is still awaited. Sending: under way
  // only because the client is taking answers that are complete.
  bool idle() const { return state_ == ConnectionState::kIdle && !head_begun() && output_.empty(); }
  bool under_way() const { return IsServing(state_) && !idle(); }
  bool sending() const {
    return !output_.empty() && (state_ == ConnectionState::kIdle || IsEnding(state_));
  }
  // Answers a request that is waiting in the socket. A connection that is idle then gets its FIN if
  // `context.end_of_drain`.
  void LookAgain();
  // Closes with a request under way.
  void Cut();
  // For a worker that is about to end. If the client has not acknowledged everything yet, nothing
  // that it sends from now on will keep the kernel from sending on. True if a moment is to pass
  // before Leave(), because a packet may be just being received.
  bool PrepareToLeave();
  // Closes a connection that has had its FIN. What the client has not acknowledged is left to the
  // kernel, or cut if the kernel will not send it.
  void Leave();
  // Whether a successor could take it: no byte of a request has been read, and none of an answer is
  // left. What lies in the socket goes with it.
  bool passable() const {
    return AwaitsRequest(state_) && quiet() && !probe() && !input_.fin_seen();
  }
  int fd() const { return fd_.get(); }
  protocol::Message ForSuccessor() const;
  // Lets go of the descriptor, which a successor has. REQUIRES: passable().
  void HandedOver();
  // Closes at once. Harmless if it is closed.
  void Close();

  // For the owner: its place in the owner's list, and whether Pump() is due.
  size_t index = 0;
  bool resuming = false;

 private:
  void OnEvents(uint32_t events);
  void OnTimer();
  void TimedOut();
  void Apply(ConnectionEvent event);

  // A byte of a head is here. The line ends that may stand before one (RFC 9112 section 2.2) are
  // none of it: they neither begin a request nor give it more time.
  bool head_begun() const { return !parser_.idle() || !(input_.empty() || input_.view() == "\r"); }
  // Neither a byte of a request nor one of an answer is here.
  bool quiet() const { return parser_.idle() && input_.empty() && output_.empty(); }

  // The steps of Pump(); each returns whether there may be more to do.
  bool CanTake() const;
  bool Take();
  bool Parse();
  bool Receive();
  bool Deliver();

  void TakeHead();
  void TakeRequest();
  // The answer to the request whose head has come, if it has no handler.
  std::optional<OwnAnswer> Own(std::string_view method, std::string_view path) const;
  // Answers what is not, or not yet, a request; the last answer on this connection.
  void Refuse(int status, std::string_view why);

  // ExchangeOwner.
  bool StaysOpen(bool delimited) override;
  void SendSoon() override;
  void Answered(const AnsweredRequest& request) override;
  void AnswerBroken() override { Close(); }
  std::string peer() const override { return peer_.ToString(); }

  // Everything is sent: closes, or lingers (RFC 9112 section 9.6).
  void Finish();
  void EndIdle();
  void Linger();
  // Drops what the client has sent, and closes behind its FIN.
  void Discard();
  void LingerOn();
  void Release();

  void Watch(uint32_t more);
  Wait CurrentWait() const;

  Context& context_;
  ConnectionOwner& owner_;
  os::UniqueFd fd_;
  const os::SocketAddress peer_;
  ConnectionTally tally_;
  std::optional<os::FdWatch> watch_;
  Deadline deadline_;
  http::RequestParser parser_;
  Input input_;
  Output output_;
  Exchange* exchange_;  // null once closed
  ConnectionState state_ = ConnectionState::kFresh;
  bool pumping_ = false;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_CONNECTION_H_
