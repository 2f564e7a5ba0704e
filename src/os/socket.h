// TCP sockets of a reuse-port group, and connections. Every descriptor made here is non-blocking
// and close-on-exec.
#ifndef ROLLPORT_OS_SOCKET_H_
#define ROLLPORT_OS_SOCKET_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "os/address.h"
#include "os/unique_fd.h"

namespace rollport::os {

// A TCP socket bound to `address` with SO_REUSEPORT, SO_REUSEADDR and, for IPv6, IPV6_V6ONLY, that
// does not listen yet: it has reserved the port for this UID and is in no group. Port 0 takes any
// free one. Errors: "bind on 0.0.0.0:8080: Address already in use".
absl::StatusOr<UniqueFd> Bind(const SocketAddress& address);
// Calls listen(2) on a bound socket, which then joins its group as the last member, or changes the
// backlog of a listening one.
absl::Status StartListening(int fd, int backlog);
// Bind and StartListening in one.
absl::StatusOr<UniqueFd> Listen(const SocketAddress& address, int backlog);
// Listens without SO_REUSEPORT: nobody else can listen there, not even of the same UID. For what is
// no worker's address.
absl::StatusOr<UniqueFd> ListenAlone(const SocketAddress& address, int backlog);
// Takes the listener out of its group at once, whoever else holds a duplicate of it. What was in
// its accept queue is reset, so accept first. Not an error where it has been done already.
absl::Status ShutdownListener(int fd);

struct Accepted {
  UniqueFd fd;
  SocketAddress peer;
};
// The next connection of the accept queue, or nullopt where it is empty. A connection that died in
// the queue is passed over. An error names the listener: "accept4 on 0.0.0.0:8080: Too many open
// files"; EINVAL means that it has been shut down.
absl::StatusOr<std::optional<Accepted>> Accept4(int listener);

// Begins to connect to `peer`; the descriptor becomes writable when it is decided, then
// PendingError() tells how. With `source`, from that address; its port 0 is chosen when connecting
// (IP_BIND_ADDRESS_NO_PORT), so that a port is shared between different peers.
absl::StatusOr<UniqueFd> Connect(const SocketAddress& peer,
                                 const std::optional<SocketAddress>& source = std::nullopt);
// The errno of SO_ERROR, and clears it; 0 where there is none.
int PendingError(int fd);

absl::StatusOr<SocketAddress> LocalAddress(int fd);
absl::StatusOr<SocketAddress> PeerAddress(int fd);
// LocalAddress as text for a message; "descriptor 7" where there is none.
std::string LocalName(int fd);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_SOCKET_H_
