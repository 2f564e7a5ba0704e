#include "controller/accounts/roll_meters.h"

#include <limits>
#include <optional>

namespace rollport::controller {

void RollMeters::NoteVerdict(const api::RollRecord& roll, absl::Time at) {
  ++counts_[roll.verdict->outcome];
  last_ = roll;
  last_.phases.clear();
  last_ended_ = at;
}

void RollMeters::ShowCounts(exposition::Families* out) const {
  for (const auto& [outcome, count] : counts_) {
    out->Add(exposition::kRolls, {outcome}, static_cast<double>(count));
  }
}

void RollMeters::ShowLast(exposition::Families* out) const {
  const os::TcpCounters kernel = last_.kernel.after - last_.kernel.before;
  const auto add = [out](const exposition::Metric& metric, double value) {
    out->Add(metric, {}, value);
  };
  add(exposition::kLastRollNumber, static_cast<double>(last_.number));
  for (const auto& [outcome, unused] : counts_) {
    out->Add(exposition::kLastRollOutcome, {outcome}, last_.verdict->outcome == outcome ? 1 : 0);
  }
  add(exposition::kLastRollDuration, absl::ToDoubleSeconds(last_.verdict->elapsed));
  add(exposition::kLastRollEnd, absl::ToDoubleSeconds(last_ended_ - absl::UnixEpoch()));
  add(exposition::kLastRollReplaced, last_.verdict->replaced);
  const std::optional<int64_t> cut = last_.verdict->cut;
  add(exposition::kLastRollCut,
      cut.has_value() ? static_cast<double>(*cut) : std::numeric_limits<double>::quiet_NaN());
  add(exposition::kLastRollHandedOver, static_cast<double>(last_.handed_over));
  add(exposition::kLastRollOverflows, static_cast<double>(kernel.listen_overflows));
  add(exposition::kLastRollDrops, static_cast<double>(kernel.listen_drops));
  add(exposition::kLastRollMigrateFailures, static_cast<double>(kernel.migrate_request_failure));
}

}  // namespace rollport::controller
