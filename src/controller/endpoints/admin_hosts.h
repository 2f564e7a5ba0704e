// By which names requests to the admin address may call it.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_ADMIN_HOSTS_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_ADMIN_HOSTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "os/address.h"

namespace rollport::controller {

// True if `host`, the value of a Host field (a port in it does not matter), is localhost, an
// address of loopback, the address `admin` that is listened on, any IP address if that is the
// wildcard, or one of `configured`; or `own_name`, the name of this host, unless `admin` is of
// loopback. Names are compared without regard to case.
bool IsAdminHost(std::string_view host, const os::SocketAddress& admin, std::string_view own_name,
                 const std::vector<std::string>& configured);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_ADMIN_HOSTS_H_
