// The canary: one worker of the new generation beside slot 0's own, whose share of all new
// connections grows in steps before the roll goes on. It takes nothing from anybody's capacity:
// until its last step is over every slot keeps its worker.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "rollout/plan.h"

namespace rollport::rollout {
namespace {

constexpr uint32_t kMillion = 1'000'000;
constexpr SlotId kCanarySlot{0};

}  // namespace

bool Plan::CanaryAhead() const {
  return fleet_.roll.has_value() && fleet_.roll->step < fleet_.roll->canary.size();
}

void Plan::RunCanary(Turn& turn) {
  if (!CanaryAhead() || fleet_.state() != FleetState::kRolling) return;
  Roll& roll = *fleet_.roll;
  if (!roll.trial.has_value()) {
    if (!Dismissed(kCanarySlot)) roll.trial = Launch(turn, kCanarySlot, roll.to);
    return;
  }
  const WorkerState state = At(*roll.trial).state;
  if (state == WorkerState::kHealthy) {
    Enter(turn, *roll.trial, WorkerState::kCanary);
    return BeginStep(turn);
  }
  if (state != WorkerState::kCanary || !roll.step_over) return;
  ++roll.step;
  if (CanaryAhead()) return BeginStep(turn);
  EndCanary(turn);
}

void Plan::BeginStep(Turn& turn) {
  Roll& roll = *fleet_.roll;
  const CanaryStep& step = roll.canary[roll.step];
  const bool for_a_person = step.hold == absl::InfiniteDuration();
  roll.step_over = for_a_person;
  At(*roll.trial).deadline = turn.now + step.hold;
  turn.changed = true;
  turn.actions.push_back(CanaryStepBegan{*roll.trial, roll.step});
  if (!for_a_person) return;
  roll.paused = true;
  roll.reason = absl::StrFormat("the canary has %g %% and waits for resume or abort",
                                step.millionths / 10'000.0);
  turn.actions.push_back(RollPaused{roll.reason});
}

// From here on it is a replacement like any other, and healthy already.
void Plan::EndCanary(Turn& turn) {
  Roll& roll = *fleet_.roll;
  Slot& slot = fleet_.slots[kCanarySlot.value()];
  roll.step_over = false;
  if (slot.next.has_value()) Dismiss(turn, *slot.next, "the canary takes its place");
  slot.next = roll.trial;
  roll.trial.reset();
  slot.wanted = roll.to;
  turn.changed = true;
}

// With n others of equal weight, weights of k·n and 10^6−k each give the canary exactly k
// millionths.
void Plan::GiveCanaryItsShare(std::map<WorkerId, uint32_t>& weights) const {
  const auto canary =
      std::find_if(fleet_.workers.begin(), fleet_.workers.end(),
                   [](const auto& entry) { return entry.second.state == WorkerState::kCanary; });
  if (canary == fleet_.workers.end()) return;
  const Roll& roll = *fleet_.roll;
  const uint32_t share = roll.canary[std::min(roll.step, roll.canary.size() - 1)].millionths;
  const auto others = static_cast<uint32_t>(weights.size());
  for (auto& [id, weight] : weights) weight = kMillion - share;
  weights[canary->first] = others == 0 ? 1 : share * others;
}

}  // namespace rollport::rollout
