// What the live page asks for once a second: the fleet's status, and with it the fleet's counters
// so far. The live page computes rates and quantiles from the differences.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_LIVE_STATUS_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_LIVE_STATUS_H_

#include <cstdint>
#include <string>

#include "api/fleet_control.h"
#include "metrics/page_counts.h"

namespace rollport::controller {

// The status as ToJson() writes it, with one more key:
//   "totals": {"requests":N, "connections_cut":N, "kernel_drops":N,
//              "latency":{"bounds":[SECONDS…], "counts":[N…]}}
// of the fleet since the controller began, dead workers included. `kernel_drops`: by how much
// ListenDrops of our network namespace has gone up since then. `counts` are not cumulative; there
// is one more of them than of upper `bounds`.
std::string LiveStatusJson(const api::FleetStatus& status, const metrics::PageCounts& totals,
                           int64_t kernel_drops);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_LIVE_STATUS_H_
