// The metrics text (/metrics), in the format and coding that the client asks for.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_METRICS_ENDPOINT_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_METRICS_ENDPOINT_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "admin/message.h"
#include "base/instant.h"
#include "exposition/format.h"
#include "os/event_loop.h"
#include "prometheus/collectable.h"

namespace rollport::controller {

class MetricsEndpoint {
 public:
  // `foreign` returns the workers' own metrics. The references are borrowed.
  MetricsEndpoint(os::EventLoop& loop, const prometheus::Collectable& fleet,
                  std::function<exposition::ForeignFamilies()> foreign);

  // Collects at most once in 100 ms, so that a flood of scrapes costs little more than one.
  admin::Response Answer(const admin::Request& request);

 private:
  os::EventLoop& loop_;
  const prometheus::Collectable& fleet_;
  const std::function<exposition::ForeignFamilies()> foreign_;
  Instant fresh_until_;
  std::vector<prometheus::MetricFamily> families_;
  exposition::ForeignFamilies foreign_families_;
  std::map<std::pair<exposition::Format, bool>, std::string> bodies_;  // by format and gzip
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_METRICS_ENDPOINT_H_
