// How TCP connections of this network namespace ended, told by the kernel as each one is destroyed:
// the multicast groups SKNLGRP_INET_TCP_DESTROY and SKNLGRP_INET6_TCP_DESTROY of sock_diag(7)
// (include/uapi/linux/sock_diag.h; sock_diag_broadcast_destroy in net/core/sock_diag.c). They need
// no privilege. While anybody listens to them, each connection of the namespace that is destroyed
// costs the kernel one message more, so listen only as long as the answer is wanted.
#ifndef ROLLPORT_OS_CLOSED_CONNECTIONS_H_
#define ROLLPORT_OS_CLOSED_CONNECTIONS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "os/unique_fd.h"

namespace rollport::os {

struct ClosedConnection {
  enum class Ending {
    kOrderly,  // our FIN was acknowledged
    // The same; but there was data that the peer had sent after the last that it was sent.
    kUnanswered,
    // Our side reset it: there was data that nobody had read, or SO_LINGER had the time 0. If the
    // peer resets a connection with unread data, that cannot be told apart.
    kReset,
    kLost,     // neither: the peer reset it, or is out of reach
    kUnknown,  // the kernel does not tell
  };
  uint64_t cookie = 0;  // as in os/sock_diag.h
  Ending ending = Ending::kUnknown;
};

class ClosedConnections {
 public:
  // Hears of the connections with one of these local ports that are destroyed from now on. `ports`
  // is not empty. Errors name NETLINK_SOCK_DIAG.
  static absl::StatusOr<ClosedConnections> ListenFor(const std::vector<uint16_t>& ports);

  // Readable if there is something to read. Owned by this.
  int fd() const { return fd_.get(); }
  // What has come since the last call, at most some thousand connections; empty if nothing has. A
  // connection is told of within a millisecond or so of its end, because the kernel does it on a
  // queue of its own. kUnavailable: some were dropped, because they were not read in time.
  absl::StatusOr<std::vector<ClosedConnection>> Read();

 private:
  explicit ClosedConnections(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

// Adds what one datagram of those groups tells. Messages of other kinds are passed over.
void ParseClosedConnections(std::string_view datagram, std::vector<ClosedConnection>* out);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_CLOSED_CONNECTIONS_H_
