// OpenMetrics 1.0, which prometheus-cpp does not write:
// https://github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md
#ifndef ROLLPORT_EXPOSITION_OPEN_METRICS_H_
#define ROLLPORT_EXPOSITION_OPEN_METRICS_H_

#include <string>
#include <string_view>
#include <vector>

#include "prometheus/metric_family.h"

namespace rollport::exposition {

// Appends the families, without the "# EOF" that ends an exposition.
void AppendOpenMetrics(const std::vector<prometheus::MetricFamily>& families, std::string* out);

// "# TYPE", "# UNIT" (if the name ends with one) and "# HELP" of one family. `name` is without
// "_total"; `help` is plain text.
void AppendOpenMetricsHead(std::string_view name, std::string_view type, std::string_view help,
                           std::string* out);

// The shortest text that reads as this number: "0.25", "17", "+Inf".
std::string Number(double value);

}  // namespace rollport::exposition

#endif  // ROLLPORT_EXPOSITION_OPEN_METRICS_H_
