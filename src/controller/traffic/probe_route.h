// How a probe reaches one chosen member of a group.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_PROBE_ROUTE_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_PROBE_ROUTE_H_

#include <cstddef>

#include "os/address.h"

namespace rollport::controller {

// Whether a connection that a worker has accepted, with these ends, may be one of ours: see
// steering/probe_address.h. The flow label is not looked at.
bool IsProbe(const os::SocketAddress& local, const os::SocketAddress& peer);

class ProbeRoute {
 public:
  // To the group of `address`.
  explicit ProbeRoute(const os::SocketAddress& address);

  // Where a probe connects to: the address, or the loopback address if it is a wildcard.
  const os::SocketAddress& server() const { return server_; }
  // Where to connect from to reach the member with this index; see steering/probe_address.h.
  // REQUIRES: index < steering::kMaxMembers.
  os::SocketAddress SourceFor(size_t index);

 private:
  os::SocketAddress server_;
  unsigned turn_ = 0;  // through the ports of an index
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_PROBE_ROUTE_H_
