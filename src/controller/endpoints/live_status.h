// What the live page asks for once a second: the fleet's status, with it the fleet's counters so
// far, and the points of its plots that the page does not have yet.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_LIVE_STATUS_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_LIVE_STATUS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "api/fleet_control.h"
#include "controller/endpoints/recent_figures.h"
#include "metrics/page_counts.h"

namespace rollport::controller {

struct LiveSources {
  api::FleetStatus status;
  metrics::PageCounts totals;
  int64_t host_drops = 0;  // by how much ListenDrops of our network namespace has gone up
  int64_t last_event = 0;  // EventLog::last
  int64_t last_roll = 0;   // the highest number of a roll so far; 0 if there was none
  std::vector<FigurePoint> points;
};

// The status as ToJson() writes it, with more keys:
//   "totals": {"requests":N, "errors":N, "connections_cut":N, "host_drops":N}, "last_event":N,
//   "last_roll":N,
//   "points": [{"number":N, "at":TIME, "seconds":S, "requests":N, "errors":N, "p50":S, "p99":S}…]
// `totals` are of the fleet since the controller began, dead workers included; `errors` are answers
// 5xx. `host_drops`: of all programs of the host since then. p50 and p99 are null without requests.
std::string LiveStatusJson(const LiveSources& sources);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_LIVE_STATUS_H_
