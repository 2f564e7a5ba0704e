// What a FleetMeters knows, as series.
#include "absl/strings/str_cat.h"
#include "controller/accounts/fleet_meters.h"

namespace rollport::controller {
namespace {

using exposition::Families;
using exposition::HistogramValue;
using protocol::LatencyBound;

// Shown are two buckets for each power of two of microseconds, from 64 us to 17 s.
constexpr size_t kFirst = 6 * protocol::kLatencySteps;
constexpr size_t kLast = 24 * protocol::kLatencySteps;
constexpr size_t kStride = protocol::kLatencySteps / 2;

HistogramValue ShownLatency(const metrics::PageCounts& counts) {
  HistogramValue shown;
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

void AddEach(const exposition::Metric& metric, const std::map<std::string, uint64_t>& values,
             Families* out) {
  for (const auto& [label, value] : values) out->Add(metric, {label}, static_cast<double>(value));
}

exposition::Type ToType(protocol::UserSeries::Type type) {
  switch (type) {
    case protocol::UserSeries::kCounter:
      return exposition::Type::kCounter;
    case protocol::UserSeries::kGauge:
      return exposition::Type::kGauge;
    case protocol::UserSeries::kHistogram:
      return exposition::Type::kHistogram;
  }
  return exposition::Type::kGauge;
}

}  // namespace

void FleetMeters::Show(size_t slots, Families* out) {
  ShowSlots(slots, out);
  AddEach(exposition::kRolls, rolls_, out);
  AddEach(exposition::kReplacements, replacements_, out);
  ShowPhases(out);
  ShowLastRoll(out);
  AddEach(exposition::kWorkerExits, exits_, out);
  out->Add(exposition::kProbes, {"good"}, static_cast<double>(good_probes_));
  out->Add(exposition::kProbes, {"bad"}, static_cast<double>(bad_probes_));
  ShowRequests(out);
  out->Add(exposition::kPromisesBroken, {}, static_cast<double>(broken_promises_));
}

void FleetMeters::ShowSlots(size_t slots, Families* out) {
  std::map<SlotId, uint64_t> open;
  std::map<SlotId, SlotTotals> totals = slots_;
  for (const auto& [id, worker] : workers_.all()) {
    const metrics::PageCounts& counts = Read(*worker);
    totals[worker->slot()].requests += counts.measured();
    totals[worker->slot()].nanos += counts.latency_nanos;
    if (worker->page().InUse()) open[worker->slot()] += worker->page()->connections_open.Get();
  }
  const auto each = [slots](auto f) {
    for (size_t i = 0; i < slots; ++i) f(SlotId(static_cast<int64_t>(i)), absl::StrCat(i));
  };
  each([&](SlotId slot, const std::string& name) {
    out->Add(exposition::kConnectionsOpen, {name}, static_cast<double>(open[slot]));
  });
  each([&](SlotId slot, const std::string& name) {
    out->Add(exposition::kWorkerRestarts, {name}, static_cast<double>(totals[slot].restarts));
  });
  each([&](SlotId slot, const std::string& name) {
    out->AddSummary(exposition::kSlotLatency, {name}, totals[slot].requests,
                    static_cast<double>(totals[slot].nanos) / 1e9);
  });
}

void FleetMeters::ShowPhases(Families* out) const {
  for (const auto& [state, histogram] : phases_) {
    out->Add(exposition::kPhaseDuration, {std::string(rollout::Name(state))}, histogram);
  }
}

void FleetMeters::ShowLastRoll(Families* out) const {
  const api::RollRecord& last = last_roll_;
  const os::TcpCounters kernel = last.kernel.after - last.kernel.before;
  const auto add = [out](const exposition::Metric& metric, double value) {
    out->Add(metric, {}, value);
  };
  add(exposition::kLastRollNumber, static_cast<double>(last.number));
  for (const auto& [outcome, unused] : rolls_) {
    out->Add(exposition::kLastRollOutcome, {outcome}, last.verdict->outcome == outcome ? 1 : 0);
  }
  add(exposition::kLastRollDuration, absl::ToDoubleSeconds(last.verdict->elapsed));
  add(exposition::kLastRollEnd, absl::ToDoubleSeconds(last_roll_ended_ - absl::UnixEpoch()));
  add(exposition::kLastRollReplaced, last.verdict->replaced);
  add(exposition::kLastRollCut, static_cast<double>(last.verdict->cut));
  add(exposition::kLastRollHandedOver, static_cast<double>(last.handed_over));
  add(exposition::kLastRollOverflows, static_cast<double>(kernel.listen_overflows));
  add(exposition::kLastRollDrops, static_cast<double>(kernel.listen_drops));
  add(exposition::kLastRollMigrateFailures, static_cast<double>(kernel.migrate_request_failure));
}

void FleetMeters::ShowRequests(Families* out) {
  const metrics::PageCounts counts = Totals();
  const auto add = [out](const exposition::Metric& metric, uint64_t value) {
    out->Add(metric, {}, static_cast<double>(value));
  };
  add(exposition::kProbeRequests, counts.probe_requests);
  add(exposition::kConnectionsAccepted, counts.connections_accepted);
  add(exposition::kConnectionsHandedOver, counts.connections_handed_over);
  add(exposition::kConnectionsEnded, counts.connections_ended);
  add(exposition::kConnectionsCut, counts.connections_cut);
  for (size_t code = 2; code < counts.responses.size(); ++code) {
    out->Add(exposition::kHttpRequests, {absl::StrCat(code, "xx")},
             static_cast<double>(counts.responses[code]));
  }
  uint64_t open = 0;
  for (const auto& [id, worker] : workers_.all()) {
    if (worker->page().InUse()) open += worker->page()->requests_open.Get();
  }
  add(exposition::kHttpRequestsOpen, open);
  out->Add(exposition::kHttpLatency, {}, ShownLatency(counts));
}

void FleetMeters::ShowUser(Families* out) {
  int64_t unreadable = 0;
  std::vector<metrics::UserSource> living;
  for (const auto& [id, worker] : workers_.all()) {
    living.push_back(
        {worker->generation().value(), metrics::ReadUserSeries(worker->page(), &unreadable)});
  }
  const metrics::UserTotals::Shown shown = user_.Show(living);
  out->Add(exposition::kUserConflicts, {}, static_cast<double>(shown.conflicts));
  out->Add(exposition::kUserDropped, {}, static_cast<double>(shown.dropped + unreadable));
  for (const metrics::UserFamily& family : shown.families) {
    for (const auto& [labels, sum] : family.series) {
      const Families::Other other{family.name, family.help, ToType(family.declaration.type),
                                  labels};
      if (family.declaration.type == protocol::UserSeries::kHistogram) {
        out->Add(other, {family.declaration.bounds, sum.buckets, sum.value});
      } else {
        out->Add(other, sum.value);
      }
    }
  }
}

}  // namespace rollport::controller
