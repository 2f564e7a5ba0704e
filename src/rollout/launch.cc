#include "rollout/launch.h"

#include <algorithm>
#include <optional>

#include "base/sorted_map.h"

namespace rollport::rollout {
namespace {

// More are launched by the next steps: a controller that launched a thousand in one would not hear
// meanwhile what the first ones say, nor anybody else.
constexpr int kMostInAStep = 16;

bool ChangesGeneration(const Fleet& fleet, const Slot& slot) {
  return slot.next.has_value() && slot.serving.has_value() &&
         fleet.workers.at(*slot.next).generation != fleet.workers.at(*slot.serving).generation;
}

// How many slots change their generation. Predecessors on their way out count too. Failed
// replacements do not: a slot that fails again and again must not hold the others up.
int64_t UnderWay(const Fleet& fleet) {
  return std::count_if(fleet.slots.begin(), fleet.slots.end(),
                       [&](const Slot& slot) { return ChangesGeneration(fleet, slot); }) +
         std::count_if(fleet.workers.begin(), fleet.workers.end(), [](const auto& entry) {
           return entry.second.served && HoldsOthersUp(entry.second);
         });
}

// May a worker that serves well be replaced now, to change its generation? `room`: fewer slots than
// surge are under way.
bool MayReplace(const Fleet& fleet, const Slot& slot, bool room) {
  const FleetState state = fleet.state();
  if (state == FleetState::kPaused) return false;
  if (state == FleetState::kRolling) return slot.wanted == fleet.roll->to;  // picked: roll_order.h
  // A slot that failed on the way back is tried again when the roll has ended without it.
  if (slot.revert_failed && state == FleetState::kReverting) return false;
  return room;
}

using Workers = NextFinder<WorkerId, Worker>;

bool NeedsWorker(const Fleet& fleet, Workers& workers, const Slot& slot, bool room) {
  if (slot.closed || slot.next.has_value() || slot.launch_at != Instant()) return false;
  if (!slot.serving.has_value()) return true;
  const Worker& serving = *workers.Find(*slot.serving);
  const bool outdated = serving.generation != slot.wanted || slot.renew;
  return serving.unhealthy || (outdated && MayReplace(fleet, slot, room));
}

}  // namespace

bool HasRoom(Turn& turn) { return std::ssize(turn.fleet().workers) < turn.policy().most_workers; }

void LaunchMissing(Turn& turn) {
  Fleet& fleet = turn.fleet();
  const int surge = turn.policy().surge;
  bool room = UnderWay(fleet) < surge;
  fleet.more_to_launch = false;
  std::optional<Workers> workers(fleet.workers);
  for (size_t i = 0; i < fleet.slots.size(); ++i) {
    Slot& slot = fleet.slots[i];
    if (slot.launch_at != Instant() && slot.launch_at <= turn.now()) slot.launch_at = Instant();
    const SlotId id(static_cast<int64_t>(i));
    // A failed replacement waits in its slot for its turn to leave. No other is launched before
    // that, or a slot that keeps failing beside a slow retirement would pile processes up.
    if (!NeedsWorker(fleet, *workers, slot, room) || fleet.AnyDismissed(id)) continue;
    if (!HasRoom(turn)) return;
    if (turn.launched() >= kMostInAStep) {
      fleet.more_to_launch = true;
      return;
    }
    slot.next = Launch(turn, id, slot.wanted);
    workers.emplace(fleet.workers);
    room = room && UnderWay(fleet) < surge;
  }
}

WorkerId Launch(Turn& turn, SlotId slot, GenerationId generation) {
  const WorkerId id(++turn.fleet().last_worker);
  turn.fleet().workers[id] = Worker{.slot = slot, .generation = generation};
  turn.Enter(id, WorkerState::kStarting);
  turn.Do(LaunchWorker{id, slot, generation});
  turn.NoteLaunched();
  return id;
}

}  // namespace rollport::rollout
