#include "controller/endpoints/admin_routes.h"

#include <memory>
#include <utility>

#include "api/control_json.h"
#include "controller/endpoints/event_stream.h"
#include "controller/endpoints/live_page.h"
#include "controller/endpoints/live_status.h"
#include "controller/endpoints/metrics_endpoint.h"
#include "controller/endpoints/stream_limit.h"
#include "os/netstat.h"

namespace rollport::controller {
namespace {

// Out of kAdminLimits.max_connections. A live page in a hidden tab has no stream.
constexpr int kMaxStreams = 16;

int64_t ListenDrops() {
  const auto counters = os::ReadTcpCounters();
  return counters.ok() ? counters->listen_drops : 0;
}

}  // namespace

void AddAdminRoutes(AdminApi& api, const AdminSources& sources) {
  AddLivePage(api);
  auto metrics = std::make_shared<MetricsEndpoint>(sources.loop, sources.metrics, sources.foreign);
  api.Add("/metrics",
          [metrics](const admin::Request& request) { return metrics->Answer(request); });
  api.Add("/api/status", [sources, before = ListenDrops()](const admin::Request&) {
    return admin::Response{
        .content_type = "application/json",
        .body =
            LiveStatusJson(sources.fleet.Status(), sources.totals(), ListenDrops() - before) + "\n",
        .fields = {{"Cache-Control", "no-store"}}};
  });
  auto streams = std::make_shared<StreamLimit>(kMaxStreams);
  api.Add("/events", [sources, streams](const admin::Request& request) {
    return streams->Admit(ServeEvents(sources.loop, sources.fleet.events(), request,
                                      [](const api::FleetEvent& event) { return ToJson(event); }));
  });
}

}  // namespace rollport::controller
