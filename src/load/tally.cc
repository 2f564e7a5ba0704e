#include "load/tally.h"

#include <algorithm>
#include <utility>

namespace rollport::load {

Tally::Tally(Instant start, absl::Duration warmup, absl::Duration bucket, uint64_t max_losses)
    : start_(start), warm_(start + warmup), bucket_(bucket), max_losses_(max_losses) {}

SeriesBucket& Tally::BucketAt(Instant now) {
  const int64_t index = std::max<int64_t>((now - start_) / bucket_, 0);
  if (series_.size() <= static_cast<size_t>(index)) series_.resize(static_cast<size_t>(index) + 1);
  return series_[static_cast<size_t>(index)];
}

void Tally::Count(ClientKind client, Outcome outcome, Instant began, Instant now) {
  const auto kind = static_cast<size_t>(client);
  ++requests_;
  ++counts_[kind][static_cast<size_t>(outcome)];
  SeriesBucket& bucket = BucketAt(now);
  ++bucket.requests;
  if (IsLost(outcome)) {
    ++lost_;
    ++bucket.lost;
  }
  if (outcome != Outcome::kOk) return;
  const absl::Duration latency = now - began;
  if (!IsSlow(client)) bucket.max = std::max(bucket.max, latency);
  if (began >= warm_) latency_[kind].Add(latency);
}

void Tally::AddLoss(Loss loss) {
  if (losses_.size() < max_losses_) {
    losses_.push_back(std::move(loss));
  } else {
    ++losses_omitted_;
  }
}

void Tally::CountServer(const std::string& server) {
  if (auto it = servers_.find(server); it != servers_.end()) {
    ++it->second;
  } else if (servers_.size() < kMaxServers) {
    servers_.emplace(server, 1);
  }
}

uint64_t Tally::Count(Outcome outcome) const {
  uint64_t sum = 0;
  for (const auto& by_outcome : counts_) sum += by_outcome[static_cast<size_t>(outcome)];
  return sum;
}

uint64_t Tally::Count(ClientKind client, Outcome outcome) const {
  return counts_[static_cast<size_t>(client)][static_cast<size_t>(outcome)];
}

const Histogram& Tally::latency(ClientKind client) const {
  return latency_[static_cast<size_t>(client)];
}

Histogram Tally::Latency() const {
  Histogram all;
  for (const ClientKind kind : AllClientKinds()) {
    if (!IsSlow(kind)) all.Merge(latency(kind));
  }
  return all;
}

}  // namespace rollport::load
