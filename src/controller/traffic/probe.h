// One probe of one worker through one of the fleet's real addresses: connect, make sure that the
// right worker accepted, send a request, and judge the answer.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_PROBE_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_PROBE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

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
  std::string path;  // GET this and expect 2xx; empty: a TCP connection is enough
  absl::Duration timeout;
  // Given the inode of the accepted connection, says whether it is the wanted worker's. Empty: that
  // is not checked.
  std::function<bool(uint64_t inode)> is_wanted;
  // If set, the answer's content, at most 1 MiB, is appended to it.
  std::shared_ptr<std::string> body;
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
  Probe(os::EventLoop& loop, os::SockDiag& diag, ProbeSpec spec, Done done);
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  // `done` is not called any more.
  ~Probe();

 private:
  enum class Phase { kConnecting, kIdentifying, kAsking, kDone };
  void Begin();
  void OnEvents(uint32_t events);
  void OnConnected();
  void Identify();
  void Ask();
  void OnReadable();
  void ReadAnswer(std::string_view bytes, bool eof);
  void OnTimeout();
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
  os::Deferred report_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_PROBE_H_
