#include "controller/endpoints/admin_routes.h"

#include <memory>
#include <utility>

#include "api/control_json.h"
#include "controller/endpoints/event_stream.h"
#include "controller/endpoints/live_figures.h"
#include "controller/endpoints/live_page.h"
#include "controller/endpoints/metrics_endpoint.h"
#include "controller/endpoints/stream_limit.h"

namespace rollport::controller {
namespace {

// Out of kAdminLimits.max_connections. A live page in a hidden tab has no stream.
constexpr int kMaxStreams = 16;

}  // namespace

void AddAdminRoutes(AdminApi& api, const AdminSources& sources) {
  AddLivePage(api);
  auto metrics = std::make_shared<MetricsEndpoint>(sources.loop, sources.metrics, sources.foreign);
  api.Add("/metrics",
          [metrics](const admin::Request& request) { return metrics->Answer(request); });
  auto live = std::make_shared<LiveFigures>(
      sources.loop, LiveFigures::Sources{sources.fleet, sources.totals, sources.last_roll});
  api.Add("/api/status", [live](const admin::Request& request) { return live->Answer(request); });
  auto streams = std::make_shared<StreamLimit>(kMaxStreams);
  api.Add("/events", [sources, streams](const admin::Request& request) {
    return streams->Admit(ServeEvents(sources.loop, sources.fleet.events(), request,
                                      [](const api::FleetEvent& event) { return ToJson(event); }));
  });
}

}  // namespace rollport::controller
