// One client's connection: reads requests one after the other, has each answered in order, and ends
// so that the client sees every answer whole.
//
// One function, Pump(), does whatever can be done now and is called whenever something has changed:
// the socket, an answer, the clock. Phases: serving -> lingering -> closed.
#ifndef ROLLPORT_WORKER_CONNECTION_H_
#define ROLLPORT_WORKER_CONNECTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "http/parser.h"
#include "os/address.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "protocol/handover.h"
#include "worker/context.h"
#include "worker/exchange.h"
#include "worker/input.h"
#include "worker/output.h"

namespace rollport::worker {

class Connection {
 public:
  // Accepted, or with `handed` handed over by a predecessor, which says that of it.
  Connection(Context& context, os::UniqueFd fd, const os::SocketAddress& peer,
             const protocol::Message* handed = nullptr);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Waits for the first request. To be called once.
  void Begin();
  // Does all that can be done now. Harmless at any time but from within a handler.
  void Pump();

  const os::SocketAddress& peer() const { return peer_; }
  // The controller's own connection, which is counted apart.
  bool probe() const { return probe_; }
  uint64_t batch() const { return context_.batch; }

  // For the drain. Idle: it has had an answer and not a byte of another request is here. Under way:
  // a request, or an answer, is not complete, or its first request is still awaited.
  bool idle() const { return answered_ && quiet(); }
  bool under_way() const { return phase_ == Phase::kServing && !idle(); }
  // Sends a FIN, unless a request is found waiting; that is answered, with Connection: close.
  void EndIdle();
  // Closes with a request under way.
  void Cut();
  // Whether another worker could take it from here: not a byte of a request has been read, and none
  // of an answer is left. What lies in the socket goes along.
  int fd() const { return fd_.get(); }
  bool passable() const { return quiet() && !probe_ && !half_closed_ && !eof_ && !ending_; }
  protocol::Message ForSuccessor() const;
  // Lets go of the descriptor, which a successor has. REQUIRES: passable().
  void HandedOver();
  // Closes at once.
  void Close();

  // For whoever holds it: its place in the list, and whether it waits to be resumed.
  size_t index = 0;
  bool resuming = false;

  // The exchange's side.

  // Where to append an answer.
  std::string* Append() { return output_.bytes(); }
  void AppendFile(os::UniqueFd file, uint64_t offset, uint64_t length);
  size_t waiting() const { return output_.waiting(); }
  // Whether the connection may stay open after the answer under way; decided once for each.
  bool DecideKeepAlive(bool delimited);
  std::string_view Date();
  std::string_view ServerName() const { return context_.options.name; }
  const std::string& Fields() const { return context_.fields; }
  void SendSoon();
  // The answer is complete in the output.
  void Answered(int status, uint64_t content_sent);
  // The answer cannot be completed.
  void AnswerBroken();

 private:
  enum class Phase { kServing, kLingering, kClosed };
  // What the deadline is for.
  enum class Wait { kFirst, kIdle, kHead, kBody, kSend, kHandler, kLinger };

  void OnEvents(uint32_t events);
  void OnTimer();
  void TimedOut();

  // No byte of a request has been read, none of an answer is left.
  bool quiet() const;

  // The steps of Pump(); each returns whether there may be more to do.
  bool CanTake() const;
  bool Take();
  bool Parse();
  bool Receive();
  void JoinBatch();
  bool Deliver();

  void TakeHead();
  void Continue();
  void TakeRequest();
  void Refuse(int status, std::string_view why);
  void Record(int status, uint64_t content_sent, std::string_view method, std::string_view target);

  // Everything is sent: a FIN and then a look at what comes, or a close.
  void Finish();
  void Linger();
  void Discard();

  void Watch(uint32_t more);
  Wait CurrentWait() const;
  void SetDeadline();
  void SetDeadlineFrom(Instant since);

  Context& context_;
  os::UniqueFd fd_;
  const os::SocketAddress peer_;
  const bool probe_;
  std::optional<os::FdWatch> watch_;
  os::Timer timer_;
  Instant deadline_ = Instant::Never();
  Instant since_;  // the deadline's time runs

  http::RequestParser parser_;
  Input input_;
  Output output_;
  Exchange* exchange_;
  const Handler* handler_ = nullptr;

  Phase phase_ = Phase::kServing;
  Wait wait_ = Wait::kLinger;
  bool pumping_ = false;
  bool readable_ = true;      // the socket may hold more
  bool announced_ = false;    // what it holds was there when this turn of the loop began
  bool half_closed_ = false;  // the peer's FIN is there or on its way through the queue
  bool eof_ = false;          // the peer's FIN has been read
  bool in_message_ = false;   // a head has been taken, its end not yet
  bool ending_ = false;       // no further request is taken
  bool linger_ = false;       // the peer may still be sending
  bool answered_ = false;     // at least one request has been
  bool progress_ = true;      // since the deadline was set
  Instant began_;             // the request under way
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_CONNECTION_H_
