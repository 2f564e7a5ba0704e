#include "rollout/shares.h"

#include <algorithm>
#include <utility>

namespace rollport::rollout {
namespace {

constexpr uint32_t kMillion = 1'000'000;

Weights WeightsOfSlots(const Fleet& fleet) {
  const bool any_healthy = fleet.HealthySlots() > 0;
  Weights weights;
  for (const auto& [id, worker] : fleet.workers) {
    if (worker.state != WorkerState::kServing || (any_healthy && worker.unhealthy)) continue;
    weights[id] = 1;
  }
  return weights;
}

// With n others of equal weight, weights of k·n and 10^6−k each give the canary exactly k
// millionths.
void GiveCanaryItsShare(const Fleet& fleet, Weights& weights) {
  const auto canary =
      std::find_if(fleet.workers.begin(), fleet.workers.end(),
                   [](const auto& entry) { return entry.second.state == WorkerState::kCanary; });
  if (canary == fleet.workers.end()) return;
  const Roll& roll = *fleet.roll;
  const uint32_t share = roll.canary[std::min(roll.step, roll.canary.size() - 1)].millionths;
  const auto others = static_cast<uint32_t>(weights.size());
  for (auto& [id, weight] : weights) weight = kMillion - share;
  weights[canary->first] = others == 0 ? 1 : share * others;
}

}  // namespace

void ShareOut(Turn& turn) {
  Fleet& fleet = turn.fleet();
  Weights weights = WeightsOfSlots(fleet);
  GiveCanaryItsShare(fleet, weights);
  if (weights == fleet.weights) return;
  fleet.weights = std::move(weights);
  turn.Do(ApplyShares{fleet.weights});
}

}  // namespace rollport::rollout
