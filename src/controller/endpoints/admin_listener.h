// The listener of the admin address.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_ADMIN_LISTENER_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_ADMIN_LISTENER_H_

#include <string>

#include "absl/status/statusor.h"
#include "os/sock_diag.h"
#include "os/unique_fd.h"

namespace rollport::controller {

// Listens on the admin address, which no other fleet may share. Errors name the address and, if it
// can be found out, the process that holds it, and say what to do.
absl::StatusOr<os::UniqueFd> ListenAdmin(os::SockDiag& diag, const std::string& address);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_ADMIN_LISTENER_H_
