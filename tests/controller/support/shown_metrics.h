// Metrics as a test reads them.
#ifndef ROLLPORT_TESTS_CONTROLLER_SUPPORT_SHOWN_METRICS_H_
#define ROLLPORT_TESTS_CONTROLLER_SUPPORT_SHOWN_METRICS_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "exposition/families.h"
#include "prometheus/metric_family.h"

namespace rollport::controller {

// By name and the values of all labels but `fleet`, in their order: "x_total{admitted}". Of a
// histogram or summary "…_count" and "…_sum", and of a histogram "…_bucket{BOUND}" (not cumulative)
// for each bucket that is not empty.
using ShownMetrics = std::map<std::string, double>;

inline std::string ShownName(const std::string& name, const std::vector<std::string>& labels) {
  return labels.empty() ? name : absl::StrCat(name, "{", absl::StrJoin(labels, ","), "}");
}

inline void Flatten(const std::string& name, std::vector<std::string> labels,
                    const prometheus::ClientMetric::Histogram& histogram, ShownMetrics* shown) {
  (*shown)[ShownName(name + "_count", labels)] = static_cast<double>(histogram.sample_count);
  (*shown)[ShownName(name + "_sum", labels)] = histogram.sample_sum;
  uint64_t below = 0;
  labels.emplace_back();
  for (const auto& bucket : histogram.bucket) {
    labels.back() = absl::StrCat(bucket.upper_bound);
    const uint64_t count = bucket.cumulative_count - below;
    if (count > 0) (*shown)[ShownName(name + "_bucket", labels)] = static_cast<double>(count);
    below = bucket.cumulative_count;
  }
}

inline ShownMetrics Flatten(const std::vector<prometheus::MetricFamily>& families) {
  ShownMetrics shown;
  for (const prometheus::MetricFamily& family : families) {
    for (const prometheus::ClientMetric& metric : family.metric) {
      std::vector<std::string> labels;
      for (const auto& label : metric.label) {
        if (label.name != "fleet") labels.push_back(label.value);
      }
      if (family.type == prometheus::MetricType::Histogram) {
        Flatten(family.name, labels, metric.histogram, &shown);
      } else if (family.type == prometheus::MetricType::Summary) {
        shown[ShownName(family.name + "_count", labels)] =
            static_cast<double>(metric.summary.sample_count);
        shown[ShownName(family.name + "_sum", labels)] = metric.summary.sample_sum;
      } else {
        // The other one is 0.
        shown[ShownName(family.name, labels)] = metric.counter.value + metric.gauge.value;
      }
    }
  }
  return shown;
}

// What `show` adds.
inline ShownMetrics Shown(const std::function<void(exposition::Families*)>& show) {
  exposition::Families families("site");
  show(&families);
  return Flatten(families.Take());
}

}  // namespace rollport::controller

#endif  // ROLLPORT_TESTS_CONTROLLER_SUPPORT_SHOWN_METRICS_H_
