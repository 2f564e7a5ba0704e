// What is served at each path of the `admin` address.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_ADMIN_ROUTES_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_ADMIN_ROUTES_H_

#include <cstdint>
#include <functional>

#include "api/fleet_control.h"
#include "controller/endpoints/admin_api.h"
#include "exposition/foreign.h"
#include "metrics/page_counts.h"
#include "os/event_loop.h"
#include "prometheus/collectable.h"

namespace rollport::controller {

// What the routes show. The references are borrowed, and outlive the AdminApi.
struct AdminSources {
  os::EventLoop& loop;
  api::FleetControl& fleet;
  const prometheus::Collectable& metrics;
  // The workers' own metrics, as of the last collection of `metrics`.
  std::function<exposition::ForeignFamilies()> foreign;
  // All that the workers have counted so far, the dead ones too.
  std::function<metrics::PageCounts()> totals;
  // The highest number of a roll so far; 0 if there was none.
  std::function<int64_t()> last_roll;
};

// Adds /, /metrics, /api/status and /events.
void AddAdminRoutes(AdminApi& api, const AdminSources& sources);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_ADMIN_ROUTES_H_
