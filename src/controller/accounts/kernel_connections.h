// How many sockets of the fleet's ports are in which TCP state.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_KERNEL_CONNECTIONS_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_KERNEL_CONNECTIONS_H_

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "controller/traffic/steerer.h"
#include "os/event_loop.h"
#include "os/sock_diag.h"

namespace rollport::controller {

// Counts again and again: every ten seconds, or more rarely if that would take more than a
// two-hundredth of the time. The kernel takes about a microsecond for each socket, so a count is
// done in pieces, between which the loop turns.
class KernelConnections {
 public:
  // Both are borrowed.
  KernelConnections(os::EventLoop& loop, const Steerer& steerer);

  // Begins to count.
  void Start();
  void Stop();
  // As they were counted last, by TCP_… of <netinet/tcp.h>, over all ports; nullopt before the
  // first count is complete, and if the last one has failed.
  const std::optional<os::SocketCounts>& last() const { return last_; }

 private:
  void CountNextPort();
  void OnPiece();
  void Finish(std::optional<os::SocketCounts> counts);

  os::EventLoop& loop_;
  const Steerer& steerer_;
  std::optional<os::SockDiag> diag_;  // of its own, because a dump is under way on it for long
  std::optional<os::FdWatch> watch_;
  std::set<std::pair<int, uint16_t>> left_;  // the ports that are still to be counted
  os::SocketCounts counts_ = {};
  absl::Duration spent_;
  std::optional<os::SocketCounts> last_;
  os::Timer next_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_KERNEL_CONNECTIONS_H_
