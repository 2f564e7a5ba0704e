// One client: makes one request after another, each when it is told to, and counts its outcome. It
// never repeats a request.
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

// What all clients of a run share. What is a reference is borrowed.
struct RunContext {
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
  // After a loss a client rests this long, so that a server that refuses is not asked as fast as
  // possible.
  static constexpr absl::Duration kRest = absl::Milliseconds(10);

  // Each connection takes the plan's next target; the first is the one after `index`.
  Client(RunContext& context, ClientKind kind, size_t index);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  // REQUIRES: free, or abandoned.
  ~Client() = default;

  ClientKind kind() const { return kind_; }
  size_t index() const { return index_; }
  bool free() const { return state_ == State::kFree; }
  // True while a request has no outcome yet.
  bool asking() const { return state_ == State::kConnecting || state_ == State::kExchanging; }

  // Begins a request that was due at `intended`. REQUIRES: free().
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
  // The connection has ended: by RST, and `detail` is the error's text, or by FIN.
  void OnEnd(bool reset, std::string_view detail);
  void OnIdleBytes();
  void OnVerdict();
  // Waits before the next sip or piece; the time does not count against the timeout.
  void Pause();
  void Watch(uint32_t events);
  void Finish(Outcome outcome, std::string detail);
  // Finishes, closes, and rests before it becomes free.
  void Lose(Outcome outcome, std::string detail);
  void Drop();
  void BecomeFree();
  // True if the server's FIN or RST has already reached the idle connection.
  bool EndedMeanwhile();

  RunContext& context_;
  const ClientKind kind_;
  const size_t index_;
  size_t target_;  // of the connection, or of the last one: an index
  State state_ = State::kFree;
  std::shared_ptr<Connection> connection_;
  std::string request_;
  size_t sent_ = 0;
  bool reset_on_send_ = false;  // send(2) reported the RST, so recv(2) will not
  bool paused_ = false;
  Instant intended_;
  Instant began_;
  Instant last_byte_;  // when the last answer ended
  os::Timer deadline_;
  os::Timer pace_;
};

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_CLIENT_H_
