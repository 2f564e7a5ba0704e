// listener = "inherit": a worker's listeners, made in its own process for a server that does not
// bind by itself.
#ifndef ROLLPORT_CONTROLLER_PROCESS_INHERITED_LISTENERS_H_
#define ROLLPORT_CONTROLLER_PROCESS_INHERITED_LISTENERS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "os/address.h"
#include "os/process_settings.h"

namespace rollport::controller {

// Binds and listens on each address and makes the descriptors survive exec as `first`, first + 1, …
// They block, as systemd's do: a server with a plain accept loop expects that. Each is in its group
// from here on; it stays dark until admitted, so it may listen before the server can accept.
//
// For os::LaunchSpec::before_exec, while this process may still bind ports under 1024. `owner` is
// the user that it will become (see Reserve). Errors name the address. REQUIRES: nothing that
// matters is open at these numbers.
absl::Status PassListeners(const std::vector<os::SocketAddress>& addresses, int first,
                           const std::optional<os::Credentials>& owner);

// For LISTEN_FDNAMES: the addresses' ports, separated by colons, because a name may hold none.
std::string ListenerNames(const std::vector<os::SocketAddress>& addresses);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_INHERITED_LISTENERS_H_
