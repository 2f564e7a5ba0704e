#include "rollout/roll_end.h"

#include <algorithm>
#include <vector>

#include "rollout/resize.h"
#include "rollout/watch.h"

namespace rollport::rollout {
namespace {

// Must this slot be as the roll wants it, before the roll can end?
bool Awaited(const Fleet& fleet, SlotId id) {
  const Roll& roll = *fleet.roll;
  const Slot& slot = fleet.slots[id.value()];
  if (slot.closed) return false;
  switch (roll.kind) {
    case RollKind::kRoll:
      return !(roll.reverting.has_value() && slot.revert_failed);
    case RollKind::kScale:
      return id.value() >= roll.workers_before;
    case RollKind::kRestart:
      return id == roll.only && !roll.reverting.has_value();
  }
  return true;
}

// True if a slot that was to go back to `from` could not, and is served by `to` still.
bool AnySlotIsLeftBehind(const Fleet& fleet, const Roll& roll) {
  if (roll.kind != RollKind::kRoll) return false;
  return std::any_of(fleet.slots.begin(), fleet.slots.end(), [&](const Slot& slot) {
    return slot.serving.has_value() && fleet.workers.at(*slot.serving).generation == roll.to;
  });
}

Outcome OutcomeOf(const Fleet& fleet, const Roll& roll) {
  if (!roll.reverting.has_value()) return Outcome::kRolled;
  return AnySlotIsLeftBehind(fleet, roll) ? Outcome::kFailed : *roll.reverting;
}

bool EverySlotIsAt(const Fleet& fleet, GenerationId goal) {
  const auto all_awaited = [&fleet](auto is_there) {
    for (size_t i = 0; i < fleet.slots.size(); ++i) {
      if (!is_there(i) && Awaited(fleet, SlotId(static_cast<int64_t>(i)))) return false;
    }
    return true;
  };
  // First what costs little, because nearly always the answer is no.
  if (!all_awaited([&](size_t i) { return fleet.slots[i].wanted == goal; })) return false;
  const std::vector<bool> settled = fleet.Settled();
  return all_awaited([&](size_t i) { return settled[i]; });
}

}  // namespace

void EndRoll(Turn& turn) {
  Fleet& fleet = turn.fleet();
  if (!fleet.roll.has_value()) return;
  const Roll& roll = *fleet.roll;
  const GenerationId goal = roll.reverting.has_value() ? roll.from : roll.to;
  if (!EverySlotIsAt(fleet, goal)) {
    fleet.roll->watch_until = Instant::Never();
    return;
  }
  const int workers = roll.reverting.has_value() ? roll.workers_before : roll.workers;
  if (fleet.open_slots() != workers) return Resize(turn, workers);
  if (!ClosedSlotsAreEmpty(fleet)) return;
  if (!roll.reverting.has_value() && !NewWorkersAreProven(turn)) return;
  turn.Do(RollEnded{roll.kind, roll.from, roll.to, OutcomeOf(fleet, roll), roll.reason});
  fleet.generation = goal;
  fleet.roll.reset();
  turn.set_changed(true);
}

}  // namespace rollport::rollout
