// Builds what a scrape shows, in the types of prometheus-cpp.
#ifndef ROLLPORT_EXPOSITION_FAMILIES_H_
#define ROLLPORT_EXPOSITION_FAMILIES_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exposition/catalogue.h"
#include "prometheus/metric_family.h"

namespace rollport::exposition {

struct HistogramValue {
  std::vector<double> bounds;     // upper ones, ascending, without +Inf
  std::vector<uint64_t> buckets;  // not cumulative; one more than `bounds`
  double sum = 0;
};

class Families {
 public:
  // Every series gets the label fleet="FLEET".
  explicit Families(std::string fleet) : fleet_(std::move(fleet)) {}

  using LabelValues = std::vector<std::string>;
  // Adds a series of `metric`, a counter or a gauge. REQUIRES: one value for each of its labels,
  // and that all series of one metric are added one after the other.
  void Add(const Metric& metric, LabelValues labels, double value);
  // REQUIRES: `metric` is a histogram.
  void Add(const Metric& metric, LabelValues labels, const HistogramValue& value);
  // REQUIRES: `metric` is a summary. It has no quantiles.
  void AddSummary(const Metric& metric, LabelValues labels, uint64_t count, double sum);

  // A family that is not in the catalogue, such as one of user code. What is not UTF-8 in its help
  // and its labels' values becomes U+FFFD.
  struct Other {
    std::string name;
    std::string help;
    Type type;
    std::vector<std::pair<std::string, std::string>> labels;
  };
  void Add(const Other& other, double value);
  void Add(const Other& other, const HistogramValue& value);

  // Of the families that were added.
  std::set<std::string> Names() const;
  std::vector<prometheus::MetricFamily> Take() { return std::move(families_); }

 private:
  prometheus::ClientMetric& NewSeries(std::string_view name, Type type, std::string_view help);
  prometheus::ClientMetric& NewSeries(const Metric& metric, LabelValues labels);
  prometheus::ClientMetric& NewSeries(const Other& other);

  const std::string fleet_;
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace rollport::exposition

#endif  // ROLLPORT_EXPOSITION_FAMILIES_H_
