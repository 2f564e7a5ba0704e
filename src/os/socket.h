// TCP sockets of a reuse-port group, and connections. Every descriptor made here is non-blocking
// and close-on-exec.
#ifndef ROLLPORT_OS_SOCKET_H_
#define ROLLPORT_OS_SOCKET_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "os/address.h"
#include "os/unique_fd.h"

namespace rollport::os {

// A TCP socket bound to `address` with SO_REUSEPORT, SO_REUSEADDR and, for IPv6, IPV6_V6ONLY, that
// does not listen yet: it reserves the port for this UID and is in no group. Port 0 takes any free
// port. Errors: "bind on 0.0.0.0:8080: Address already in use".
absl::StatusOr<UniqueFd> Bind(const SocketAddress& address);
// Calls listen(2). A bound socket then joins its group as the last member; of a listening one only
// the backlog changes.
absl::Status StartListening(int fd, int backlog);
// Bind and StartListening in one.
absl::StatusOr<UniqueFd> Listen(const SocketAddress& address, int backlog);
// Listens without SO_REUSEPORT: no other socket can listen there, not even one of the same UID. For
// addresses that no worker serves.
absl::StatusOr<UniqueFd> ListenAlone(const SocketAddress& address, int backlog);
// Takes the listener out of its group at once, even if other processes hold duplicates of it.
// Connections in its accept queue are reset, so accept first. Not an error if it is shut down
// already.
absl::Status ShutdownListener(int fd);

struct Accepted {
  UniqueFd fd;
  SocketAddress peer;
};
// The next connection of the accept queue, or nullopt if it is empty. A connection that died in the
// queue is skipped. An error names the listener: "accept4 on 0.0.0.0:8080: Too many open files";
// kInvalidArgument (EINVAL) means that the listener has been shut down.
absl::StatusOr<std::optional<Accepted>> Accept4(int listener);

// Begins to connect to `peer`. The descriptor becomes writable when the attempt is over; then
// PendingError() says how it ended. With `source`, connects from that address; if its port is 0 the
// kernel chooses one while connecting (IP_BIND_ADDRESS_NO_PORT), so that connections to different
// peers can share a port. `flow_label`: what every packet of an IPv6 connection carries (RFC 6437);
// 0 leaves that to the kernel.
absl::StatusOr<UniqueFd> Connect(const SocketAddress& peer,
                                 const std::optional<SocketAddress>& source = std::nullopt,
                                 uint32_t flow_label = 0);
// The flow label that the peer of this accepted IPv6 connection completed the handshake with. 0 if
// it is not known.
uint32_t PeerFlowLabel(int fd);
// Returns and clears SO_ERROR: an errno, or 0 if there is none.
int PendingError(int fd);

absl::StatusOr<SocketAddress> LocalAddress(int fd);
absl::StatusOr<SocketAddress> PeerAddress(int fd);
// LocalAddress as text for a message; "descriptor 7" if it has none.
std::string LocalName(int fd);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_SOCKET_H_
