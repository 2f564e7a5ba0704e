#include "exposition/families.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/strings.h"
#include "base/utf8.h"

namespace rollport::exposition {
namespace {

prometheus::MetricType ToPrometheus(Type type) {
  switch (type) {
    case Type::kCounter:
      return prometheus::MetricType::Counter;
    case Type::kGauge:
      return prometheus::MetricType::Gauge;
    case Type::kHistogram:
      return prometheus::MetricType::Histogram;
    case Type::kSummary:
      return prometheus::MetricType::Summary;
  }
  return prometheus::MetricType::Untyped;
}

void SetValue(prometheus::ClientMetric& series, Type type, double value) {
  if (type == Type::kCounter) {
    series.counter.value = value;
  } else {
    series.gauge.value = value;
  }
}

void SetValue(prometheus::ClientMetric& series, const HistogramValue& value) {
  RP_CHECK(value.buckets.size() == value.bounds.size() + 1, "one bucket more than bounds");
  uint64_t sum = 0;
  for (size_t i = 0; i < value.buckets.size(); ++i) {
    sum += value.buckets[i];
    const double bound =
        i < value.bounds.size() ? value.bounds[i] : std::numeric_limits<double>::infinity();
    series.histogram.bucket.push_back({sum, bound});
  }
  series.histogram.sample_count = sum;
  series.histogram.sample_sum = value.sum;
}

}  // namespace

std::set<std::string> Families::Names() const {
  std::set<std::string> names;
  for (const prometheus::MetricFamily& family : families_) names.insert(family.name);
  return names;
}

prometheus::ClientMetric& Families::NewSeries(std::string_view name, Type type,
                                              std::string_view help) {
  if (families_.empty() || families_.back().name != name) {
    families_.push_back({std::string(name), std::string(help), ToPrometheus(type), {}});
  }
  prometheus::ClientMetric& series = families_.back().metric.emplace_back();
  series.label.push_back({"fleet", fleet_});
  return series;
}

prometheus::ClientMetric& Families::NewSeries(const Metric& metric, LabelValues labels) {
  prometheus::ClientMetric& series = NewSeries(metric.name, metric.type, metric.help);
  series.label.reserve(1 + labels.size());
  size_t i = 0;
  for (const absl::string_view name :
       absl::StrSplit(ToAbsl(metric.labels), ',', absl::SkipEmpty())) {
    RP_CHECK(i < labels.size(), metric.name);
    series.label.push_back({std::string(name), std::move(labels[i++])});
  }
  RP_CHECK(i == labels.size(), metric.name);
  return series;
}

prometheus::ClientMetric& Families::NewSeries(const Other& other) {
  // Help and values are bytes of user code.
  prometheus::ClientMetric& series = NewSeries(other.name, other.type, ToUtf8(other.help));
  for (const auto& [name, value] : other.labels) series.label.push_back({name, ToUtf8(value)});
  return series;
}

void Families::Add(const Metric& metric, LabelValues labels, double value) {
  SetValue(NewSeries(metric, std::move(labels)), metric.type, value);
}

void Families::Add(const Metric& metric, LabelValues labels, const HistogramValue& value) {
  RP_CHECK(metric.type == Type::kHistogram, metric.name);
  SetValue(NewSeries(metric, std::move(labels)), value);
}

void Families::AddSummary(const Metric& metric, LabelValues labels, uint64_t count, double sum) {
  RP_CHECK(metric.type == Type::kSummary, metric.name);
  prometheus::ClientMetric& series = NewSeries(metric, std::move(labels));
  series.summary.sample_count = count;
  series.summary.sample_sum = sum;
}

void Families::Add(const Other& other, double value) {
  SetValue(NewSeries(other), other.type, value);
}

void Families::Add(const Other& other, const HistogramValue& value) {
  SetValue(NewSeries(other), value);
}

}  // namespace rollport::exposition
