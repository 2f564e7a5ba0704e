#include "metrics/page_counts.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <optional>

#include "absl/strings/str_split.h"
#include "metrics/user_registry.h"

namespace rollport::metrics {
namespace {

template <typename F>
void Combine(PageCounts& a, const PageCounts& b, F f) {
  f(a.connections_accepted, b.connections_accepted);
  f(a.connections_ended, b.connections_ended);
  f(a.connections_cut, b.connections_cut);
  f(a.cut_unknown, b.cut_unknown);
  f(a.connections_handed_over, b.connections_handed_over);
  f(a.probe_requests, b.probe_requests);
  f(a.latency_nanos, b.latency_nanos);
  for (size_t i = 0; i < a.responses.size(); ++i) f(a.responses[i], b.responses[i]);
  for (size_t i = 0; i < a.latency.size(); ++i) f(a.latency[i], b.latency[i]);
}

// The text up to its NUL; nullopt if there is none.
template <size_t N>
std::optional<std::string> Text(const char (&field)[N]) {
  const size_t length = strnlen(field, N);
  if (length == N) return std::nullopt;
  return std::string(field, length);
}

std::optional<UserReading> ReadOne(const protocol::UserSeries& series) {
  UserReading reading;
  reading.type = static_cast<protocol::UserSeries::Type>(series.type);
  if (series.type < protocol::UserSeries::kCounter ||
      series.type > protocol::UserSeries::kHistogram)
    return {};
  const auto name = Text(series.name), help = Text(series.help), labels = Text(series.labels);
  const size_t bounds = series.bounds_count;
  if (!name || !help || !labels || bounds > protocol::UserSeries::kMaxBounds) return {};
  reading.name = *name;
  reading.help = *help;
  for (const absl::string_view line : absl::StrSplit(*labels, '\n', absl::SkipEmpty())) {
    reading.labels.push_back(absl::StrSplit(line, absl::MaxSplits('\t', 1)));
  }
  reading.bounds.assign(series.bounds, series.bounds + bounds);
  reading.value = series.value.Get();
  if (reading.type == protocol::UserSeries::kHistogram) {
    for (size_t i = 0; i <= bounds; ++i) reading.buckets.push_back(series.buckets[i].Get());
  }
  // The same rules as at its creation, because the worker may write anything into this memory.
  const UserDefinition definition{reading.type, reading.name, reading.help, reading.labels,
                                  reading.bounds};
  if (!CheckDefinition(definition).ok() || !std::isfinite(reading.value)) return {};
  return reading;
}

}  // namespace

void PageCounts::Add(const PageCounts& other) {
  Combine(*this, other, [](uint64_t& a, uint64_t b) { a += b; });
}

void PageCounts::RaiseTo(const PageCounts& other) {
  Combine(*this, other, [](uint64_t& a, uint64_t b) { a = std::max(a, b); });
}

uint64_t PageCounts::requests() const {
  return std::accumulate(responses.begin(), responses.end(), uint64_t{0});
}

uint64_t PageCounts::measured() const {
  return std::accumulate(latency.begin(), latency.end(), uint64_t{0});
}

PageCounts ReadCounts(const protocol::MappedPage& page) {
  PageCounts counts;
  if (!page.InUse()) return counts;
  counts.connections_accepted = page->connections_accepted.Get();
  counts.connections_ended = page->connections_ended.Get();
  counts.connections_cut = page->connections_cut.Get();
  counts.connections_handed_over = page->connections_handed_over.Get();
  counts.probe_requests = page->probe_requests.Get();
  for (size_t i = 0; i < counts.responses.size(); ++i) {
    counts.responses[i] = page->responses[i].Get();
  }
  if (!page.Has(2)) return counts;
  counts.latency_nanos = page->latency_nanos.Get();
  for (size_t i = 0; i < counts.latency.size(); ++i) counts.latency[i] = page->latency[i].Get();
  return counts;
}

std::vector<UserReading> ReadUserSeries(const protocol::MappedPage& page, int64_t* unreadable) {
  std::vector<UserReading> readings;
  if (!page.Has(2) || (page.Has(4) && page->user_series.Get() == 0)) return readings;
  const protocol::UserPages* user = page.user();
  if (user == nullptr) return readings;
  const uint64_t count =
      std::min<uint64_t>(user->count.load(std::memory_order_acquire), protocol::kMaxUserSeries);
  for (uint64_t i = 0; i < count; ++i) {
    if (auto reading = ReadOne(user->series[i])) {
      readings.push_back(*std::move(reading));
    } else {
      ++*unreadable;
    }
  }
  return readings;
}

}  // namespace rollport::metrics
