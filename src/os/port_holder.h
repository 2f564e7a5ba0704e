// Holding a port, and who keeps one from us.
#ifndef ROLLPORT_OS_PORT_HOLDER_H_
#define ROLLPORT_OS_PORT_HOLDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "os/address.h"
#include "os/sock_diag.h"
#include "os/unique_fd.h"

namespace rollport::os {

// The end of an error message about binding `address`: ": nginx (process 812, user 33) listens
// there", without the process if its descriptors may not be looked at. Empty if no listener can be
// seen there.
std::string PortHolder(SockDiag& diag, const SocketAddress& address);
// Who holds that listener: "nginx (process 812, user 33)", or "a process of user 33".
std::string HolderOf(const ListenerInfo& listener);

// Binds `address` with SO_REUSEPORT, and does not listen. From then on only sockets of the same
// user with SO_REUSEPORT can listen there. Errors as of Bind().
//
// SO_REUSEADDR, which it has while it binds, would let anybody listen who has only that, because it
// does not listen itself (inet_bind_conflict in net/ipv4/inet_connection_sock.c).
absl::StatusOr<UniqueFd> HoldPort(const SocketAddress& address);

// True of an error of HoldPort or Bind: this host does not have the address (any more).
bool IsNoAddressHere(const absl::Status& status);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_PORT_HOLDER_H_
