// The number of slots: opened at the end, and closed from the end.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "rollout/plan.h"

namespace rollport::rollout {

// New slots want what the fleet is going to run.
void Plan::Resize(Turn& turn, int workers) {
  RP_CHECK(workers >= 1, absl::StrCat(workers, " workers"));
  const GenerationId wanted = !fleet_.roll.has_value()             ? fleet_.generation
                              : fleet_.roll->reverting.has_value() ? fleet_.roll->from
                                                                   : fleet_.roll->to;
  const auto size = static_cast<size_t>(workers);
  for (size_t i = size; i < fleet_.slots.size(); ++i) Close(turn, fleet_.slots[i]);
  if (fleet_.slots.size() < size) fleet_.slots.resize(size, Slot{.closed = true});
  for (size_t i = 0; i < size; ++i) {
    if (!fleet_.slots[i].closed) continue;
    fleet_.slots[i] = Slot{.wanted = wanted};
    turn.changed = true;
  }
  policy_.workers = workers;
}

// Its workers go the way of every predecessor: dark at once, then one after the other.
void Plan::Close(Turn& turn, Slot& slot) {
  if (slot.closed) return;
  for (const std::optional<WorkerId> id : {slot.next, slot.serving}) {
    if (id.has_value()) Dismiss(turn, *id, "its slot is closed");
  }
  slot = Slot{.wanted = slot.wanted, .closed = true};
  turn.changed = true;
}

void Plan::ForgetClosed() {
  const auto empty = [this] {
    const SlotId last(static_cast<int64_t>(fleet_.slots.size()) - 1);
    return std::none_of(fleet_.workers.begin(), fleet_.workers.end(),
                        [last](const auto& entry) { return entry.second.slot == last; });
  };
  while (fleet_.slots.back().closed && empty()) fleet_.slots.pop_back();
}

// Nobody of them listens any more; a long drain may still go on.
bool Plan::ClosedSlotsAreEmpty() const {
  return std::none_of(fleet_.workers.begin(), fleet_.workers.end(), [this](const auto& entry) {
    const Worker& worker = entry.second;
    return fleet_.slots[worker.slot.value()].closed &&
           (worker.state == WorkerState::kDismissed || IsLeaving(worker));
  });
}

}  // namespace rollport::rollout
