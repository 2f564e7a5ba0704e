#include "rollout/revert.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rollout/resize.h"
#include "rollout/retirement.h"

namespace rollport::rollout {
namespace {

// True if the roll has asked something of this slot.
bool Concerns(const Roll& roll, SlotId slot) {
  switch (roll.kind) {
    case RollKind::kRoll:
      return true;
    case RollKind::kScale:
      return false;  // Resize() takes care of its slots
    case RollKind::kRestart:
      return slot == roll.only;
  }
  return false;
}

// The roll stops where it is. The slot that failed keeps its predecessor.
void PauseForAPerson(Turn& turn, SlotId id, const std::string& reason) {
  Roll& roll = *turn.fleet().roll;
  Slot& slot = turn.fleet().slots[id.value()];
  if (slot.serving.has_value() && turn.At(*slot.serving).generation != roll.to) {
    slot.wanted = roll.from;
  }
  roll.paused = true;
  roll.reason = reason;
  turn.Do(RollPaused{reason});
}

// A slot's part of GoBack.
void GoBackIn(Turn& turn, Slot& slot) {
  const Roll& roll = *turn.fleet().roll;
  slot.wanted = roll.from;
  slot.renew = false;
  slot.revert_failed = false;
  // What the new generation did is not held against the former one.
  slot.failures = 0;
  slot.launch_at = Instant();
  if (slot.next.has_value() && turn.At(*slot.next).generation == roll.to) {
    Dismiss(turn, *slot.next, "going back");
  }
}

}  // namespace

void BlameRoll(Turn& turn, WorkerId id, const Worker& worker, const std::string& reason) {
  std::optional<Roll>& roll = turn.fleet().roll;
  if (!roll.has_value()) return;
  if (!roll->reverting.has_value()) {
    if (roll->HasBrought(id, worker)) FailRoll(turn, worker.slot, reason);
  } else if (roll->kind == RollKind::kRoll && worker.generation == roll->from) {
    // Once for each slot: it may fail again and again while the others go back.
    if (std::exchange(turn.SlotOf(worker).revert_failed, true)) return;
    absl::StrAppend(&roll->reason, "; on the way back ", reason);
  }
}

void FailRoll(Turn& turn, SlotId slot, const std::string& reason) {
  const bool for_a_person =
      turn.fleet().roll->kind == RollKind::kRoll && !turn.policy().auto_revert;
  if (for_a_person) return PauseForAPerson(turn, slot, reason);
  GoBack(turn, Outcome::kReverted, reason);
}

void GoBack(Turn& turn, Outcome outcome, const std::string& reason) {
  Roll& roll = *turn.fleet().roll;
  roll.paused = false;
  roll.watch_until = roll.answer_until = Instant::Never();
  roll.reverting = outcome;
  roll.reason = reason;
  turn.Do(RollReverting{reason});
  turn.set_changed(true);
  roll.canary.clear();
  roll.step = 0;
  if (roll.trial.has_value()) Dismiss(turn, *roll.trial, "going back");
  Resize(turn, roll.workers_before);
  std::vector<Slot>& slots = turn.fleet().slots;
  for (size_t i = 0; i < slots.size(); ++i) {
    if (Concerns(roll, SlotId(static_cast<int64_t>(i))) && !slots[i].closed)
      GoBackIn(turn, slots[i]);
  }
}

}  // namespace rollport::rollout
