// One probe of one worker through one of the fleet's real addresses: connect, make sure who
// accepted, ask, and judge the answer.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_PROBE_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_PROBE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
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
  // Where to connect from: what steering reserves for the wanted worker. Without it the kernel's
  // hash decides who gets the probe.
  std::optional<os::SocketAddress> source;
  std::string path;  // GET this and expect 2xx; empty: a TCP connection is enough
  absl::Duration timeout;
  // Given the inode of the accepted connection, says whether it is the wanted worker's. Empty: that
  // is taken on trust.
  std::function<bool(uint64_t inode)> is_wanted;
  // Where set, the content of the answer, at most 1 MiB, is added to it.
  std::shared_ptr<std::string> body;
};

enum class ProbeVerdict {
  kGood,
  kBad,
  kMisdirected,  // somebody else accepted it
};

class Probe {
 public:
  // Called once, and never from within the constructor. It may destroy the probe.
  using Done = std::function<void(ProbeVerdict verdict, const std::string& detail)>;
  Probe(os::EventLoop& loop, os::SockDiag& diag, ProbeSpec spec, Done done);
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  // Not called back any more.
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
  os::Timer retry_;
  absl::Duration retry_after_;
  http::ResponseParser parser_;
  std::string input_;
  os::Deferred report_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_PROBE_H_
