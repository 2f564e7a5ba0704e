#include "controller/endpoints/live_status.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/control_json.h"

namespace rollport::controller {
namespace {

std::string NumberOrNull(std::optional<double> number) {
  return number.has_value() ? absl::StrCat(*number) : "null";
}

std::string PointJson(const FigurePoint& point) {
  return absl::StrCat("{\"number\":", point.number, ",\"at\":\"",
                      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", point.at, absl::UTCTimeZone()),
                      "\",\"seconds\":", absl::ToDoubleSeconds(point.length),
                      ",\"requests\":", point.requests, ",\"errors\":", point.errors,
                      ",\"p50\":", NumberOrNull(point.p50), ",\"p99\":", NumberOrNull(point.p99),
                      "}");
}

}  // namespace

std::string LiveStatusJson(const LiveSources& sources) {
  const metrics::PageCounts& totals = sources.totals;
  std::vector<std::string> points;
  points.reserve(sources.points.size());
  for (const FigurePoint& point : sources.points) points.push_back(PointJson(point));
  std::string json = ToJson(sources.status);
  json.pop_back();  // the object's end
  absl::StrAppend(&json, ",\"totals\":{\"requests\":", totals.requests(),
                  ",\"errors\":", totals.responses[5], ",\"connections_cut\":",
                  totals.cut_unknown > 0 ? "null" : absl::StrCat(totals.connections_cut),
                  ",\"host_drops\":", sources.host_drops, "},\"last_event\":", sources.last_event,
                  ",\"last_roll\":", sources.last_roll, ",\"points\":[", absl::StrJoin(points, ","),
                  "]}");
  return json;
}

}  // namespace rollport::controller
