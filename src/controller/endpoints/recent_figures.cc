#include "controller/endpoints/recent_figures.h"

#include <algorithm>
#include <numeric>

#include "protocol/latency.h"

namespace rollport::controller {
namespace {

// A quantile of the latency is taken over this many points.
constexpr size_t kLatencyWindow = 5;

double Bound(size_t bucket) { return static_cast<double>(protocol::LatencyBound(bucket)) / 1e9; }

// Of the requests between the two. Those above the last bound are taken to be there.
std::optional<double> Quantile(const metrics::PageCounts& before, const metrics::PageCounts& after,
                               double quantile) {
  std::array<uint64_t, protocol::kLatencyBuckets> counts = {};
  for (size_t i = 0; i < counts.size(); ++i) counts[i] = after.latency[i] - before.latency[i];
  const uint64_t total = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
  if (total == 0) return std::nullopt;
  const double rank = quantile * static_cast<double>(total);
  double below = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    const auto here = static_cast<double>(counts[i]);
    if (here > 0 && below + here >= rank) {
      const double low = i == 0 ? 0 : Bound(i);
      if (i + 1 == counts.size()) return low;
      return low + (Bound(i + 1) - low) * (rank - below) / here;
    }
    below += here;
  }
  return Bound(counts.size() - 1);
}

}  // namespace

void RecentFigures::Take(Instant now, absl::Time at, const metrics::PageCounts& totals) {
  samples_.push_back({now, totals});
  if (samples_.size() == 1) return;
  const Sample& last = samples_[samples_.size() - 2];
  points_.push_back({.number = ++last_,
                     .at = at,
                     .length = now - last.when,
                     .requests = totals.requests() - last.totals.requests(),
                     .errors = totals.responses[5] - last.totals.responses[5],
                     .p50 = Quantile(samples_.front().totals, totals, 0.5),
                     .p99 = Quantile(samples_.front().totals, totals, 0.99)});
  if (samples_.size() > kLatencyWindow) samples_.pop_front();
  if (points_.size() > kKeep) points_.pop_front();
}

std::vector<FigurePoint> RecentFigures::After(int64_t number) const {
  std::vector<FigurePoint> after;
  std::copy_if(points_.begin(), points_.end(), std::back_inserter(after),
               [number](const FigurePoint& point) { return point.number > number; });
  return after;
}

}  // namespace rollport::controller
