#include "controller/accounts/page_totals.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "protocol/latency.h"

namespace rollport::controller {
namespace {

using exposition::Families;
using protocol::LatencyBound;

// Shown are two buckets for each power of two of microseconds, from 64 us to 17 s.
constexpr size_t kFirst = 6 * protocol::kLatencySteps;
constexpr size_t kLast = 24 * protocol::kLatencySteps;
constexpr size_t kStride = protocol::kLatencySteps / 2;

exposition::HistogramValue ShownLatency(const metrics::PageCounts& counts) {
  exposition::HistogramValue shown;
  size_t next = 0;
  for (size_t bound = kFirst; bound <= kLast; bound += kStride) {
    uint64_t sum = 0;
    for (; next < bound; ++next) sum += counts.latency[next];
    shown.bounds.push_back(static_cast<double>(LatencyBound(bound)) / 1e9);
    shown.buckets.push_back(sum);
  }
  uint64_t rest = 0;
  for (; next < counts.latency.size(); ++next) rest += counts.latency[next];
  shown.buckets.push_back(rest);
  shown.sum = static_cast<double>(counts.latency_nanos) / 1e9;
  return shown;
}

}  // namespace

void PageTotals::SlotTotals::Add(const metrics::PageCounts& counts) {
  requests += counts.measured();
  nanos += counts.latency_nanos;
}

void PageTotals::Bury(const WorkerProcess& worker, std::optional<int64_t> cut) {
  if (buried_.contains(worker.id())) return;
  metrics::PageCounts counts = Read(worker);
  // As the roll's verdict counts them.
  counts.connections_cut = std::max(counts.connections_cut, static_cast<uint64_t>(cut.value_or(0)));
  if (!cut.has_value()) ++counts.cut_unknown;
  dead_.Add(counts);
  dead_of_slots_[worker.slot()].Add(counts);
  living_.erase(worker.id());
  std::erase_if(buried_, [this](WorkerId id) { return workers_.Find(id) == nullptr; });
  buried_.insert(worker.id());
}

metrics::PageCounts PageTotals::Sum() {
  metrics::PageCounts sum = dead_;
  ForEachLiving([&](const WorkerProcess& worker) { sum.Add(Read(worker)); });
  return sum;
}

void PageTotals::ForEachLiving(const std::function<void(const WorkerProcess&)>& f) const {
  for (const auto& [id, worker] : workers_.all()) {
    if (!buried_.contains(id)) f(*worker);
  }
}

const metrics::PageCounts& PageTotals::Read(const WorkerProcess& worker) {
  metrics::PageCounts& counts = living_[worker.id()];
  counts.RaiseTo(metrics::ReadCounts(worker.page()));
  return counts;
}

void PageTotals::ShowLatencyOfSlots(size_t slots, Families* out) const {
  std::map<SlotId, SlotTotals> totals = dead_of_slots_;
  ForEachLiving(
      [&](const WorkerProcess& worker) { totals[worker.slot()].Add(living_.at(worker.id())); });
  for (size_t i = 0; i < slots; ++i) {
    const SlotTotals& slot = totals[SlotId(static_cast<int64_t>(i))];
    out->AddSummary(exposition::kSlotLatency, {absl::StrCat(i)}, slot.requests,
                    static_cast<double>(slot.nanos) / 1e9);
  }
}

void PageTotals::ShowConnectionsAndRequests(Families* out) {
  const metrics::PageCounts counts = Sum();
  const auto add = [out](const exposition::Metric& metric, uint64_t value) {
    out->Add(metric, {}, static_cast<double>(value));
  };
  add(exposition::kProbeRequests, counts.probe_requests);
  add(exposition::kConnectionsAccepted, counts.connections_accepted);
  add(exposition::kConnectionsHandedOver, counts.connections_handed_over);
  add(exposition::kConnectionsEnded, counts.connections_ended);
  add(exposition::kConnectionsCut, counts.connections_cut);
  add(exposition::kCutUnknown, counts.cut_unknown);
  for (size_t code = 2; code < counts.responses.size(); ++code) {
    out->Add(exposition::kHttpRequests, {absl::StrCat(code, "xx")},
             static_cast<double>(counts.responses[code]));
  }
  uint64_t open = 0;
  ForEachLiving([&](const WorkerProcess& worker) {
    if (worker.page().InUse()) open += worker.page()->requests_open.Get();
  });
  add(exposition::kHttpRequestsOpen, open);
  out->Add(exposition::kHttpLatency, {}, ShownLatency(counts));
}

}  // namespace rollport::controller
