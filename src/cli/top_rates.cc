#include "cli/top_rates.h"

#include <algorithm>
#include <utility>

namespace rollport::cli {
namespace {

using api::WorkerCounts;

// A worker may overwrite its page: what goes down counts as nothing.
int64_t Grown(int64_t before, int64_t now) { return std::max<int64_t>(now - before, 0); }

WorkerCounts Since(const WorkerCounts& before, const WorkerCounts& now) {
  WorkerCounts since{.requests = Grown(before.requests, now.requests),
                     .errors = Grown(before.errors, now.errors)};
  for (size_t i = 0; i < now.latency.size(); ++i) {
    since.latency.push_back(
        Grown(i < before.latency.size() ? before.latency[i] : 0, now.latency[i]));
  }
  return since;
}

void Add(const WorkerCounts& counts, WorkerCounts* sum) {
  sum->requests += counts.requests;
  sum->errors += counts.errors;
  sum->latency.resize(std::max(sum->latency.size(), counts.latency.size()));
  for (size_t i = 0; i < counts.latency.size(); ++i) sum->latency[i] += counts.latency[i];
}

// The upper bound of the bucket in which the request stands that `part` of all did not exceed.
std::optional<absl::Duration> Quantile(const std::vector<int64_t>& buckets, double part,
                                       const std::vector<double>& from) {
  double all = 0;
  for (const int64_t count : buckets) all += static_cast<double>(count);
  double seen = 0;
  for (size_t i = 0; i < buckets.size() && i < from.size(); ++i) {
    seen += static_cast<double>(buckets[i]);
    if (all == 0 || seen < all * part) continue;
    return absl::Seconds(from[std::min(i + 1, from.size() - 1)]);
  }
  return std::nullopt;
}

Rates RatesOf(const WorkerCounts& since, double seconds, const std::vector<double>& from) {
  return {.requests = static_cast<double>(since.requests) / seconds,
          .errors = static_cast<double>(since.errors) / seconds,
          .p50 = Quantile(since.latency, 0.5, from),
          .p99 = Quantile(since.latency, 0.99, from)};
}

}  // namespace

void TopRates::Note(absl::Time now, const api::FleetCounts& counts) {
  std::map<pid_t, WorkerCounts> fresh;
  for (const WorkerCounts& worker : counts.workers) fresh[worker.pid] = worker;
  const double seconds = looked_.has_value() ? absl::ToDoubleSeconds(now - *looked_) : 0;
  workers_.clear();
  all_.reset();
  // If the clock was set back, this look begins anew.
  if (seconds > 0) {
    WorkerCounts sum;
    for (const auto& [pid, worker] : fresh) {
      const auto it = before_.find(pid);
      const WorkerCounts since = Since(it == before_.end() ? WorkerCounts() : it->second, worker);
      workers_[pid] = RatesOf(since, seconds, counts.latency_from);
      Add(since, &sum);
    }
    if (!fresh.empty()) all_ = RatesOf(sum, seconds, counts.latency_from);
    if (past_.size() == kRemembered) past_.erase(past_.begin());
    past_.push_back(all_.has_value() ? all_->requests : 0);
  }
  before_ = std::move(fresh);
  looked_ = now;
}

std::optional<Rates> TopRates::Of(pid_t pid) const {
  const auto it = workers_.find(pid);
  return it == workers_.end() ? std::nullopt : std::optional(it->second);
}

}  // namespace rollport::cli
