#include "controller/accounts/user_meters.h"

#include <cstdint>
#include <vector>

namespace rollport::controller {
namespace {

using exposition::Families;
using protocol::UserSeries;

exposition::Type ToType(UserSeries::Type type) {
  switch (type) {
    case UserSeries::kCounter:
      return exposition::Type::kCounter;
    case UserSeries::kGauge:
      return exposition::Type::kGauge;
    case UserSeries::kHistogram:
      return exposition::Type::kHistogram;
  }
  return exposition::Type::kGauge;
}

void Add(const metrics::UserFamily& family, Families* out) {
  for (const auto& [labels, sum] : family.series) {
    const Families::Other other{family.name, family.help, ToType(family.declaration.type), labels};
    if (family.declaration.type == UserSeries::kHistogram) {
      out->Add(other, {family.declaration.bounds, sum.buckets, sum.value});
    } else {
      out->Add(other, sum.value);
    }
  }
}

}  // namespace

void UserMeters::Bury(const WorkerProcess& worker) {
  int64_t unreadable = 0;  // shown of the living only
  totals_.Bury({worker.generation().value(), metrics::ReadUserSeries(worker.page(), &unreadable)});
}

void UserMeters::Show(Families* out) {
  int64_t unreadable = 0;
  std::vector<metrics::UserSource> living;
  for (const auto& [id, worker] : workers_.all()) {
    living.push_back(
        {worker->generation().value(), metrics::ReadUserSeries(worker->page(), &unreadable)});
  }
  const metrics::UserTotals::Shown shown = totals_.Show(living);
  out->Add(exposition::kUserConflicts, {}, static_cast<double>(shown.conflicts));
  out->Add(exposition::kUserDropped, {}, static_cast<double>(shown.dropped + unreadable));
  for (const metrics::UserFamily& family : shown.families) Add(family, out);
}

}  // namespace rollport::controller
