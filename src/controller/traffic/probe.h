// One probe of one worker through one of the fleet's real addresses: connect, make sure that the
// right worker accepted, send a request, read the whole answer, and judge it.
//
// To the server it is an ordinary client. It asks the server to close, and waits for that for a
// moment, so that the TIME_WAIT is the server's: probes over IPv6 have few ports. A probe without a
// whole answer ends by a reset, because a worker that hangs would keep its connection for ever.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_PROBE_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_PROBE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "controller/traffic/retry_timer.h"
#include "http/parser.h"
#include "os/address.h"
#include "os/deferred.h"
#include "os/event_loop.h"
#include "os/sock_diag.h"
#include "os/socket.h"
#include "os/unique_fd.h"

namespace rollport::controller {

struct ProbeSpec {
  os::SocketAddress server;
  // Where to connect from: what steering reserves for the wanted worker. Without it, the kernel's
  // hash decides which worker gets the probe.
  std::optional<os::SocketAddress> source;
  std::string path;  // GET this and expect 2xx; empty: that it accepts a TCP connection is enough
  absl::Duration timeout;
  // Given the inode of the accepted connection, says whether it is the wanted worker's. Empty: that
  // is not checked.
  std::function<bool(uint64_t inode)> is_wanted;
  // If set, the answer's content, at most 1 MiB, is appended to it.
  std::shared_ptr<std::string> body;
  // The server is not asked to close the connection: see Probe::TakeConnection.
  bool keep = false;
};

enum class ProbeVerdict {
  kGood,
  kBad,
  kSilent,       // it was not accepted, or not answered, in time
  kMisdirected,  // another listener accepted it
};

class Probe {
 public:
  // Called once, and never from within the constructor. It may destroy the probe. `detail` says
  // why the verdict is not kGood.
  using Done = std::function<void(ProbeVerdict verdict, const std::string& detail)>;
  // `kept`: what TakeConnection() of an earlier probe of the same worker and address has returned;
  // it is used instead of a new connection, if the server has not closed it. It is not identified
  // again.
  Probe(os::EventLoop& loop, os::SockDiag& diag, ProbeSpec spec, Done done,
        os::UniqueFd kept = os::UniqueFd());
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  // `done` is not called any more.
  ~Probe();

  // From within `done`, with kGood: the connection, if another request may be sent on it; not valid
  // otherwise, or without ProbeSpec::keep.
  os::UniqueFd TakeConnection();
  // Whether its connection waits in an accept queue. Asks the kernel.
  absl::StatusOr<bool> IsQueued() const;

 private:
  enum class Phase {
    kConnecting,
    kIdentifying,
    kAsking,
    kEnding,  // answered; the server is about to close
    kDone
  };
  struct Course {
    bool reused = false;      // the connection is an earlier probe's
    std::string failure;      // what the head of the answer says; empty if it is good
    bool keep_alive = false;  // so says the answer
    bool answered = false;    // the whole answer has come
    bool peer_closed = false;
  };
  void Begin();
  absl::StatusOr<os::UniqueFd> Connect() const;
  void BeginOnKept();
  void OnEvents(uint32_t events);
  void OnConnected();
  void Identify();
  void Ask();
  void OnReadable();
  void ReadAnswer(std::string_view bytes, bool eof);
  void OnAnswer();
  // True if a kept connection has failed, and another one is tried.
  bool TryAnew(bool any_answer);
  void OnTimeout();
  // With what the answer has shown.
  void FinishAnswered();
  void Finish(ProbeVerdict verdict, std::string detail);

  os::EventLoop& loop_;
  os::SockDiag& diag_;
  const ProbeSpec spec_;
  Done done_;
  Phase phase_ = Phase::kConnecting;
  os::UniqueFd fd_;
  std::unique_ptr<os::FdWatch> watch_;
  os::Timer deadline_;
  RetryTimer retry_;
  http::ResponseParser parser_;
  std::string input_;
  Course course_;
  os::Deferred report_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_PROBE_H_
