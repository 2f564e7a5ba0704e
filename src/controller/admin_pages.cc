#include "controller/admin_pages.h"

#include <memory>

#include "controller/control_json.h"
#include "controller/event_stream.h"
#include "controller/live_page.h"
#include "controller/metrics_page.h"

namespace rollport::controller {

void AddAdminPages(AdminApi& api, os::EventLoop& loop, Controller& controller) {
  AddLivePage(api);
  auto metrics =
      std::make_shared<MetricsPage>(loop, controller, [] { return exposition::ForeignFamilies(); });
  api.Add("/metrics",
          [metrics](const admin::Request& request) { return metrics->Answer(request); });
  api.Add("/api/status", [&controller](const admin::Request&) {
    return admin::Response{.content_type = "application/json",
                           .body = ToJson(controller.Status()) + "\n",
                           .fields = {{"Cache-Control", "no-store"}}};
  });
  api.Add("/events", [&loop, &controller](const admin::Request& request) {
    return ServeEvents(loop, controller.events(), request,
                       [](const FleetEvent& event) { return ToJson(event); });
  });
}

}  // namespace rollport::controller
