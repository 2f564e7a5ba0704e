// listener = "inherit": a worker's listeners, made in its own process for a program that does not
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
// They block, as systemd's do: a program with a plain accept loop expects that. Each has joined its
// group from here on, dark; what a steering program sends nobody to may listen before it can
// accept. For os::LaunchSpec::before_exec, while this process may still bind ports under 1024;
// `owner` is who it will be. REQUIRES: nothing that matters is open at these numbers.
absl::Status PassListeners(const std::vector<os::SocketAddress>& addresses, int first,
                           const std::optional<os::Credentials>& owner);

// For LISTEN_FDNAMES: the addresses' ports, separated by colons, because a name may hold none.
std::string ListenerNames(const std::vector<os::SocketAddress>& addresses);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_INHERITED_LISTENERS_H_
