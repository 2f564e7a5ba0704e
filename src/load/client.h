// One client: makes one request after the other, each when it is told to, and counts what becomes
// of it. It never sends a request again.
//
//   free -> connecting -> exchanging -> free           an answer on a connection that is kept
//                                    -> closing -> free   … that the server is going to close
//   connecting, exchanging -> resting -> free          a loss
#ifndef ROLLPORT_LOAD_CLIENT_H_
#define ROLLPORT_LOAD_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/instant.h"
#include "load/connection.h"
#include "load/outcome.h"
#include "load/plan.h"
#include "load/request_maker.h"
#include "load/tally.h"
#include "os/event_loop.h"

namespace rollport::load {

class Client;

// What all clients of a run share. All is borrowed.
struct Workshop {
  os::EventLoop& loop;
  const Plan& plan;
  RequestMaker& maker;
  Tally& tally;
  std::vector<char> read_buffer = std::vector<char>(64 << 10);
  // The client has just become free.
  std::function<void(Client&)> on_free = {};
  // A request was lost.
  std::function<void()> on_loss = {};
};

class Client {
 public:
  // After a loss a client rests this long, lest a refusing server be asked as fast as can be.
  static constexpr absl::Duration kRest = absl::Milliseconds(10);

  // Each connection takes the plan's next target; the first is the one after `index`.
  Client(Workshop& shop, ClientKind kind, size_t index);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  // REQUIRES: free, or abandoned.
  ~Client() = default;

  ClientKind kind() const { return kind_; }
  size_t index() const { return index_; }
  bool free() const { return state_ == State::kFree; }
  // True while a request has no outcome yet.
  bool asking() const { return state_ == State::kConnecting || state_ == State::kExchanging; }

  // Begins a request, which should have begun at `intended`. REQUIRES: free().
  void Start(Instant intended);
  // Closes the connection; a request under way counts as kUnfinished. on_free is not called.
  void Abandon();

 private:
  enum class State { kFree, kConnecting, kExchanging, kClosing, kResting };

  void OnEvent(uint32_t events);
  void OnDeadline();
  void OnPace();
  void Connect();
  void Send();
  void Receive(bool at_once);
  // The connection has ended: by RST with the text of an error, or else by FIN.
  void OnEnd(bool reset, std::string_view detail);
  void OnIdleBytes();
  void OnVerdict();
  // Waits before the next sip or piece; the time does not count against the timeout.
  void Pause();
  void Watch(uint32_t events);
  void Finish(Outcome outcome, std::string detail);
  // Finish, close, and rest before becoming free.
  void Lose(Outcome outcome, std::string detail);
  void Drop();
  void BecomeFree();
  // True where the server's FIN or RST has already come to the idle connection.
  bool EndedMeanwhile();

  Workshop& shop_;
  const ClientKind kind_;
  const size_t index_;
  size_t target_;  // the one of the connection, or of the last
  State state_ = State::kFree;
  std::shared_ptr<Connection> connection_;
  std::string request_;
  size_t sent_ = 0;
  bool reset_on_send_ = false;  // send(2) met the RST, which recv(2) will not tell again
  bool paused_ = false;
  Instant intended_;
  Instant began_;
  Instant last_byte_;  // when the last answer ended
  os::Timer deadline_;
  os::Timer pace_;
};

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_CLIENT_H_
