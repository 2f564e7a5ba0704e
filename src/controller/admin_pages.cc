#include "controller/admin_pages.h"

#include <memory>

#include "controller/control_json.h"
#include "controller/event_stream.h"
#include "controller/live_page.h"
#include "controller/live_status.h"
#include "controller/metrics_page.h"
#include "os/netstat.h"

namespace rollport::controller {

namespace {

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
  api.Add("/events", [&loop, &controller](const admin::Request& request) {
    return ServeEvents(loop, controller.events(), request,
                       [](const FleetEvent& event) { return ToJson(event); });
  });
}

}  // namespace rollport::controller
