#include "rollout/resize.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "rollout/retirement.h"

namespace rollport::rollout {
namespace {

// What the fleet is going to run.
GenerationId Goal(const Fleet& fleet) {
  if (!fleet.roll.has_value()) return fleet.generation;
  return fleet.roll->reverting.has_value() ? fleet.roll->from : fleet.roll->to;
}

// Its workers leave like every predecessor: dark at once, then one after the other.
void Close(Turn& turn, Slot& slot) {
  if (slot.closed) return;
  for (const std::optional<WorkerId> id : {slot.next, slot.serving}) {
    if (id.has_value()) Dismiss(turn, *id, "its slot is closed");
  }
  slot = Slot{.wanted = slot.wanted, .closed = true};
  turn.set_changed(true);
}

}  // namespace

void Resize(Turn& turn, int workers) {
  RP_CHECK(workers >= 1, absl::StrCat(workers, " workers"));
  std::vector<Slot>& slots = turn.fleet().slots;
  const auto size = static_cast<size_t>(workers);
  for (size_t i = size; i < slots.size(); ++i) Close(turn, slots[i]);
  if (slots.size() < size) slots.resize(size, Slot{.closed = true});
  for (size_t i = 0; i < size; ++i) {
    if (!slots[i].closed) continue;
    slots[i] = Slot{.wanted = Goal(turn.fleet())};
    turn.set_changed(true);
  }
}

bool ClosedSlotsAreEmpty(const Fleet& fleet) {
  return std::none_of(fleet.workers.begin(), fleet.workers.end(), [&fleet](const auto& entry) {
    const Worker& worker = entry.second;
    return fleet.slots[worker.slot.value()].closed &&
           (worker.state == WorkerState::kDismissed || IsLeaving(worker));
  });
}

void ForgetClosed(Fleet& fleet) {
  const auto last_is_empty = [&fleet] {
    const SlotId last(static_cast<int64_t>(fleet.slots.size()) - 1);
    return std::none_of(fleet.workers.begin(), fleet.workers.end(),
                        [last](const auto& entry) { return entry.second.slot == last; });
  };
  while (fleet.slots.back().closed && last_is_empty()) fleet.slots.pop_back();
}

}  // namespace rollport::rollout
