#include "rollout/canary.h"

#include "absl/strings/str_format.h"
#include "rollout/launch.h"
#include "rollout/retirement.h"
#include "rollout/watch.h"

namespace rollport::rollout {
namespace {

constexpr SlotId kCanarySlot{0};

void BeginStep(Turn& turn) {
  Roll& roll = *turn.fleet().roll;
  const CanaryStep& step = roll.canary[roll.step];
  const bool for_a_person = step.hold == absl::InfiniteDuration();
  roll.step_over = for_a_person;
  turn.At(*roll.trial).deadline = turn.now() + step.hold;
  turn.set_changed(true);
  turn.Do(CanaryStepBegan{*roll.trial, roll.step});
  if (!for_a_person) return;
  roll.paused = true;
  roll.reason = absl::StrFormat("the canary has %g %% and waits for resume or abort",
                                step.millionths / 10'000.0);
  turn.Do(RollPaused{roll.reason});
}

// From here on it is a replacement like any other, and healthy already.
void EndCanary(Turn& turn) {
  Roll& roll = *turn.fleet().roll;
  Slot& slot = turn.fleet().slots[kCanarySlot.value()];
  roll.step_over = false;
  if (slot.next.has_value()) Dismiss(turn, *slot.next, "the canary takes its place");
  slot.next = roll.trial;
  roll.trial.reset();
  slot.wanted = roll.to;
  turn.set_changed(true);
}

}  // namespace

bool CanaryAhead(const Fleet& fleet) {
  return fleet.roll.has_value() && fleet.roll->step < fleet.roll->canary.size();
}

void RunCanary(Turn& turn) {
  Fleet& fleet = turn.fleet();
  if (!CanaryAhead(fleet) || fleet.state() != FleetState::kRolling) return;
  Roll& roll = *fleet.roll;
  if (!roll.trial.has_value()) {
    const bool may_launch = !fleet.AnyDismissed(kCanarySlot) && HasRoom(turn);
    if (may_launch) roll.trial = Launch(turn, kCanarySlot, roll.to);
    return;
  }
  const WorkerState state = turn.At(*roll.trial).state;
  if (state == WorkerState::kHealthy) {
    if (NewWorkerInDoubt(fleet)) return;
    turn.Enter(*roll.trial, WorkerState::kCanary);
    return BeginStep(turn);
  }
  if (state != WorkerState::kCanary || !roll.step_over || NewWorkerInDoubt(fleet)) return;
  ++roll.step;
  if (CanaryAhead(fleet)) return BeginStep(turn);
  EndCanary(turn);
}

void EndStep(Turn& turn, WorkerId canary) {
  turn.At(canary).deadline = Instant::Never();
  turn.fleet().roll->step_over = true;
  turn.set_changed(true);
}

}  // namespace rollport::rollout
