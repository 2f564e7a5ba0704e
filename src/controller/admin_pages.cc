#include "controller/admin_pages.h"

#include <memory>

#include "controller/control_json.h"
#include "controller/event_stream.h"
#include "controller/live_page.h"
#include "controller/live_status.h"
#include "controller/metrics_page.h"
#include "controller/stream_limit.h"
#include "os/netstat.h"

namespace rollport::controller {

namespace {

// Of kAdminLimits.max_connections. A page that nobody looks at has none.
constexpr int kMaxStreams = 16;

int64_t ListenDrops() {
  const auto counters = os::ReadTcpCounters();
  return counters.ok() ? counters->listen_drops : 0;
}

}  // namespace

void AddAdminPages(AdminApi& api, os::EventLoop& loop, Controller& controller) {
  AddLivePage(api);
  auto metrics =
      std::make_shared<MetricsPage>(loop, controller, [] { return exposition::ForeignFamilies(); });
  api.Add("/metrics",
          [metrics](const admin::Request& request) { return metrics->Answer(request); });
  api.Add("/api/status", [&controller, before = ListenDrops()](const admin::Request&) {
    return admin::Response{
        .content_type = "application/json",
        .body =
            LiveStatusJson(controller.Status(), controller.Totals(), ListenDrops() - before) + "\n",
        .fields = {{"Cache-Control", "no-store"}}};
  });
  auto streams = std::make_shared<StreamLimit>(kMaxStreams);
  api.Add("/events", [&loop, &controller, streams](const admin::Request& request) {
    return streams->Admit(ServeEvents(loop, controller.events(), request,
                                      [](const FleetEvent& event) { return ToJson(event); }));
  });
}

}  // namespace rollport::controller
