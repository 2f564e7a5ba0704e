// Makes sure, before anything is launched, that a fleet can have its addresses.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_RESERVE_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_RESERVE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "os/address.h"
#include "os/process_settings.h"
#include "os/sock_diag.h"
#include "os/unique_fd.h"

namespace rollport::controller {

// Binds each address with SO_REUSEPORT and does not listen (os::HoldPort). Such a socket is in no
// group and gets nothing, but from here on no other user can take the port, and no server without
// SO_REUSEPORT.
//
// `owner` is the user that the workers run as, if that is not the controller's own: the sockets are
// made as that user's, because only sockets of one user share a port.
//
// Errors name the address and, if that may be known, the process that holds it: "bind on
// 0.0.0.0:80: Address already in use: nginx (process 812, user 33) listens there".
absl::StatusOr<std::vector<os::UniqueFd>> Reserve(os::SockDiag& diag,
                                                  const std::vector<os::SocketAddress>& addresses,
                                                  const std::optional<os::Credentials>& owner);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_RESERVE_H_
