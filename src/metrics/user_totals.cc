#include "metrics/user_totals.h"

#include <algorithm>
#include <set>

namespace rollport::metrics {
namespace {

void AddTo(UserSum* sum, const UserReading& reading) {
  sum->value += reading.value;
  sum->buckets.resize(std::max(sum->buckets.size(), reading.buckets.size()));
  for (size_t i = 0; i < reading.buckets.size(); ++i) sum->buckets[i] += reading.buckets[i];
}

UserDeclaration DeclarationOf(const UserReading& reading) { return {reading.type, reading.bounds}; }

}  // namespace

void UserTotals::Bury(const UserSource& source) {
  for (const UserReading& reading : source.readings) {
    if (!known_.contains(reading.name) && !Know(reading)) continue;
    if (reading.type == protocol::UserSeries::kGauge) continue;
    auto& series = dead_[{reading.name, DeclarationOf(reading)}];
    if (!series.contains(reading.labels)) {
      if (dead_series_ >= kMaxSeries) {
        ++dropped_;
        continue;
      }
      ++dead_series_;
    }
    AddTo(&series[reading.labels], reading);
  }
}

bool UserTotals::Know(const UserReading& reading) {
  if (!known_.contains(reading.name) && known_.size() >= kMaxSeries) {
    ++dropped_;
    return false;
  }
  known_[reading.name] = {DeclarationOf(reading), reading.help};
  return true;
}

UserTotals::Shown UserTotals::Show(const std::vector<UserSource>& living) {
  std::map<std::string, int64_t> newest;
  std::map<std::string, std::set<UserDeclaration>> declared;
  for (const UserSource& source : living) {
    for (const UserReading& reading : source.readings) {
      declared[reading.name].insert(DeclarationOf(reading));
      const auto [it, fresh] = newest.try_emplace(reading.name, source.generation);
      if (!fresh && it->second > source.generation) continue;
      it->second = source.generation;
      Know(reading);
    }
  }
  Shown shown{.dropped = dropped_};
  for (const auto& [name, declarations] : declared) shown.conflicts += declarations.size() > 1;
  std::map<std::string, UserFamily> families;
  for (const auto& [name, known] : known_) {
    UserFamily& family = families[name];
    family = {name, known.help, known.declaration, {}};
    if (const auto it = dead_.find({name, known.declaration}); it != dead_.end()) {
      family.series = it->second;
    }
  }
  size_t count = dead_series_;
  for (const UserSource& source : living) {
    for (const UserReading& reading : source.readings) {
      const auto it = families.find(reading.name);
      if (it == families.end()) continue;
      UserFamily& family = it->second;
      if (family.declaration != DeclarationOf(reading)) continue;
      const bool fresh = !family.series.contains(reading.labels);
      if (fresh && ++count > kMaxSeries) {
        ++shown.dropped;
        continue;
      }
      AddTo(&family.series[reading.labels], reading);
    }
  }
  for (auto& [name, family] : families) {
    if (!family.series.empty()) shown.families.push_back(std::move(family));
  }
  return shown;
}

}  // namespace rollport::metrics
