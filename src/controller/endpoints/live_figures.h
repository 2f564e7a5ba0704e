// What the live page asks for (/api/status), and the timer behind it.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_LIVE_FIGURES_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_LIVE_FIGURES_H_

#include <cstdint>
#include <functional>

#include "admin/message.h"
#include "api/fleet_control.h"
#include "controller/endpoints/recent_figures.h"
#include "metrics/page_counts.h"
#include "os/event_loop.h"

namespace rollport::controller {

class LiveFigures {
 public:
  struct Sources {
    api::FleetControl& fleet;
    std::function<metrics::PageCounts()> totals;  // see AdminSources
    std::function<int64_t()> last_roll;           // the same
  };
  // Takes a point each second from now on. The references are borrowed.
  LiveFigures(os::EventLoop& loop, Sources sources);

  // See LiveStatusJson(); with the query after=N only the points that follow number N.
  admin::Response Answer(const admin::Request& request);

 private:
  void TakePoint();

  os::EventLoop& loop_;
  const Sources sources_;
  const int64_t host_drops_before_;
  RecentFigures figures_;
  os::Timer timer_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_LIVE_FIGURES_H_
