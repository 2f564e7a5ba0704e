// Who keeps a port from us.
#ifndef ROLLPORT_OS_PORT_HOLDER_H_
#define ROLLPORT_OS_PORT_HOLDER_H_

#include <string>

#include "os/address.h"
#include "os/sock_diag.h"

namespace rollport::os {

// The end of an error message about binding `address`: ": nginx (process 812, user 33) listens
// there", without the process if its descriptors may not be looked at. Empty if no listener can be
// seen there.
std::string PortHolder(SockDiag& diag, const SocketAddress& address);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_PORT_HOLDER_H_
