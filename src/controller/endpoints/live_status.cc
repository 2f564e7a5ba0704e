#include "controller/endpoints/live_status.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/control_json.h"
#include "protocol/latency.h"

namespace rollport::controller {
namespace {

// The buckets of a worker's page are finer than a plot can show: this many of them make one.
constexpr size_t kTogether = 2;

std::string LatencyJson(const metrics::PageCounts& totals) {
  std::vector<double> bounds;
  std::vector<uint64_t> counts;
  for (size_t i = 0; i < totals.latency.size(); i += kTogether) {
    const size_t end = std::min(i + kTogether, totals.latency.size());
    counts.push_back(std::accumulate(totals.latency.begin() + static_cast<ptrdiff_t>(i),
                                     totals.latency.begin() + static_cast<ptrdiff_t>(end),
                                     uint64_t{0}));
    // The last bucket has no end.
    if (end < totals.latency.size()) {
      bounds.push_back(static_cast<double>(protocol::LatencyBound(end)) / 1e9);
    }
  }
  return absl::StrCat("{\"bounds\":[", absl::StrJoin(bounds, ","), "],\"counts\":[",
                      absl::StrJoin(counts, ","), "]}");
}

}  // namespace

std::string LiveStatusJson(const api::FleetStatus& status, const metrics::PageCounts& totals,
                           int64_t kernel_drops) {
  const uint64_t requests =
      std::accumulate(totals.responses.begin(), totals.responses.end(), uint64_t{0});
  std::string json = ToJson(status);
  json.pop_back();  // the object's end
  absl::StrAppend(&json, ",\"totals\":{\"requests\":", requests,
                  ",\"connections_cut\":", totals.connections_cut,
                  ",\"kernel_drops\":", kernel_drops, ",\"latency\":", LatencyJson(totals), "}}");
  return json;
}

}  // namespace rollport::controller
