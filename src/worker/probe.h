// Recognises the controller's addressed probes by their source (docs/design.md, "Addressed
// probes").
#ifndef ROLLPORT_WORKER_PROBE_H_
#define ROLLPORT_WORKER_PROBE_H_

#include "os/address.h"

namespace rollport::worker {

// Whether the connection `fd` from `peer` is a probe. IPv4: it comes from 127.83.0.0/16. IPv6: from
// a reserved port, from the address that it has connected to, which is the host's own, and with the
// flow label of probes.
bool IsProbe(const os::SocketAddress& peer, int fd);

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_PROBE_H_
