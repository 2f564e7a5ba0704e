#include "rollout/launch.h"

#include <algorithm>

namespace rollport::rollout {
namespace {

bool ChangesGeneration(const Fleet& fleet, const Slot& slot) {
  return slot.next.has_value() && slot.serving.has_value() &&
         fleet.workers.at(*slot.next).generation != fleet.workers.at(*slot.serving).generation;
}

// May a worker that serves well be replaced now, to change its generation?
bool MayReplace(const Fleet& fleet, const Slot& slot, int surge) {
  const FleetState state = fleet.state();
  if (state == FleetState::kPaused) return false;
  if (state == FleetState::kRolling) return slot.wanted == fleet.roll->to;  // picked: roll_order.h
  // A slot that failed on the way back is tried again when the roll has ended without it.
  if (slot.revert_failed && state == FleetState::kReverting) return false;
  // Predecessors on their way out count too. Failed replacements do not: a slot that fails again
  // and again must not hold the others up.
  const auto under_way =
      std::count_if(fleet.slots.begin(), fleet.slots.end(),
                    [&](const Slot& other) { return ChangesGeneration(fleet, other); }) +
      std::count_if(fleet.workers.begin(), fleet.workers.end(), [](const auto& entry) {
        return entry.second.served && HoldsOthersUp(entry.second);
      });
  return under_way < surge;
}

bool GetsWorker(const Fleet& fleet, SlotId id, int surge) {
  const Slot& slot = fleet.slots[id.value()];
  if (slot.closed || slot.next.has_value() || slot.launch_at != Instant()) return false;
  // A failed replacement waits in its slot for its turn to leave. No other is launched before that,
  // or a slot that keeps failing beside a slow retirement would pile processes up.
  if (fleet.AnyDismissed(id)) return false;
  if (!slot.serving.has_value()) return true;
  const Worker& serving = fleet.workers.at(*slot.serving);
  const bool outdated = serving.generation != slot.wanted || slot.renew;
  return serving.unhealthy || (outdated && MayReplace(fleet, slot, surge));
}

}  // namespace

void LaunchMissing(Turn& turn) {
  Fleet& fleet = turn.fleet();
  for (size_t i = 0; i < fleet.slots.size(); ++i) {
    Slot& slot = fleet.slots[i];
    if (slot.launch_at != Instant() && slot.launch_at <= turn.now()) slot.launch_at = Instant();
    const SlotId id(static_cast<int64_t>(i));
    if (GetsWorker(fleet, id, turn.policy().surge)) slot.next = Launch(turn, id, slot.wanted);
  }
}

WorkerId Launch(Turn& turn, SlotId slot, GenerationId generation) {
  const WorkerId id(++turn.fleet().last_worker);
  turn.fleet().workers[id] = Worker{.slot = slot, .generation = generation};
  turn.Enter(id, WorkerState::kStarting);
  turn.Do(LaunchWorker{id, slot, generation});
  return id;
}

}  // namespace rollport::rollout
