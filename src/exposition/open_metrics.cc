#include "exposition/open_metrics.h"

#include <charconv>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/strings.h"

namespace rollport::exposition {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

// For help and for values of labels.
std::string Escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view TypeName(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return "counter";
    case MetricType::Gauge:
      return "gauge";
    case MetricType::Histogram:
      return "histogram";
    case MetricType::Summary:
      return "summary";
    default:
      return "unknown";
  }
}

class Writer {
 public:
  Writer(std::string_view name, const ClientMetric& series, std::string* out)
      : name_(name), out_(out) {
    for (const ClientMetric::Label& label : series.label) {
      absl::StrAppend(&labels_, labels_.empty() ? "" : ",", label.name, "=\"", Escape(label.value),
                      "\"");
    }
  }

  void Line(std::string_view suffix, std::string_view value, std::string_view more = "") {
    absl::StrAppend(out_, ToAbsl(name_), ToAbsl(suffix));
    if (!labels_.empty() || !more.empty()) {
      absl::StrAppend(out_, "{", labels_, labels_.empty() || more.empty() ? "" : ",", ToAbsl(more),
                      "}");
    }
    absl::StrAppend(out_, " ", ToAbsl(value), "\n");
  }

 private:
  const std::string_view name_;
  std::string labels_;
  std::string* const out_;
};

// A bound is the value of a label, a text, and OpenMetrics wants it to look like a real number.
std::string Bound(double bound) {
  std::string text = Number(bound);
  if (text.find_first_of(".eIN") == std::string::npos) text += ".0";
  return text;
}

void AppendSeries(std::string_view name, MetricType type, const ClientMetric& series,
                  std::string* out) {
  Writer writer(name, series, out);
  switch (type) {
    case MetricType::Counter:
      return writer.Line("_total", Number(series.counter.value));
    case MetricType::Gauge:
      return writer.Line("", Number(series.gauge.value));
    case MetricType::Summary:
      writer.Line("_count", absl::StrCat(series.summary.sample_count));
      return writer.Line("_sum", Number(series.summary.sample_sum));
    case MetricType::Histogram:
      for (const ClientMetric::Bucket& bucket : series.histogram.bucket) {
        writer.Line("_bucket", absl::StrCat(bucket.cumulative_count),
                    absl::StrCat("le=\"", Bound(bucket.upper_bound), "\""));
      }
      writer.Line("_count", absl::StrCat(series.histogram.sample_count));
      return writer.Line("_sum", Number(series.histogram.sample_sum));
    default:
      return writer.Line("", Number(series.untyped.value));
  }
}

}  // namespace

std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  // Up to here a double holds every whole number exactly.
  if (value == std::floor(value) && std::abs(value) < 9e15) {
    return absl::StrCat(static_cast<int64_t>(value));
  }
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  return std::string(text, end);
}

void AppendOpenMetricsHead(std::string_view name, std::string_view type, std::string_view help,
                           std::string* out) {
  absl::StrAppend(out, "# TYPE ", ToAbsl(name), " ", ToAbsl(type), "\n");
  for (const char* unit : {"seconds", "bytes", "ratio"}) {
    if (name.ends_with(absl::StrCat("_", unit))) {
      absl::StrAppend(out, "# UNIT ", ToAbsl(name), " ", unit, "\n");
    }
  }
  if (!help.empty()) absl::StrAppend(out, "# HELP ", ToAbsl(name), " ", Escape(help), "\n");
}

void AppendOpenMetrics(const std::vector<prometheus::MetricFamily>& families, std::string* out) {
  for (const prometheus::MetricFamily& family : families) {
    std::string_view name = family.name;
    if (family.type == MetricType::Counter && name.ends_with("_total")) name.remove_suffix(6);
    AppendOpenMetricsHead(name, TypeName(family.type), family.help, out);
    for (const ClientMetric& series : family.metric) AppendSeries(name, family.type, series, out);
  }
}

}  // namespace rollport::exposition
