// The controller's addressed probes, told by their source (DESIGN.md section 2).
#ifndef ROLLPORT_WORKER_PROBE_H_
#define ROLLPORT_WORKER_PROBE_H_

#include "os/address.h"

namespace rollport::worker {

// IPv4: from 127.83.0.0/16. IPv6: from a reserved port of the host's own address, which is the
// connection's local address.
bool IsProbe(const os::SocketAddress& peer, int fd);

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_PROBE_H_
