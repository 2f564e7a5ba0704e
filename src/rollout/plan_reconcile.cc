// From what is to what is wanted, one decision at a time.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "rollout/plan.h"

namespace rollport::rollout {

void Plan::Reconcile(Turn& turn) {
  do {
    turn.changed = false;
    if (fleet_.stopping) break;
    AdmitHealthy(turn);
    RetireDismissed(turn);
    RunCanary(turn);
    PickSlots(turn);
    LaunchMissing(turn);
    NoteStarted(turn);
    EndRoll(turn);
  } while (turn.changed);
  ForgetClosed();

  if (fleet_.stopping) {
    if (fleet_.workers.empty() && !fleet_.stopped) {
      fleet_.stopped = true;
      turn.actions.push_back(FleetStopped{});
    }
    return;
  }
  ShareOut(turn);
  for (const WorkerId id : turn.to_quiesce) {
    if (fleet_.workers.contains(id)) turn.actions.push_back(QuiesceWorker{id});
  }
}

bool Plan::NobodyLeaving() const {
  return std::none_of(fleet_.workers.begin(), fleet_.workers.end(),
                      [](const auto& entry) { return IsLeaving(entry.second); });
}

bool Plan::SlotLeaving(SlotId id) const {
  return std::any_of(fleet_.workers.begin(), fleet_.workers.end(), [id](const auto& entry) {
    return entry.second.slot == id && IsLeaving(entry.second);
  });
}

// A failed replacement waits in the slot for its turn to leave. No other is launched before that
// turn, or a slot that keeps failing beside a slow retirement would pile processes up.
bool Plan::Dismissed(SlotId id) const {
  return std::any_of(fleet_.workers.begin(), fleet_.workers.end(), [id](const auto& entry) {
    return entry.second.slot == id && entry.second.state == WorkerState::kDismissed;
  });
}

// The slot is served by what it wants, and nothing is on its way in or out.
bool Plan::Settled(SlotId id) const {
  const Slot& slot = fleet_.slots[id.value()];
  if (slot.next.has_value() || !slot.serving.has_value()) return false;
  const Worker& worker = At(*slot.serving);
  return worker.generation == slot.wanted && !slot.renew && !worker.unhealthy && !SlotLeaving(id);
}

bool Plan::MayAdmit(const Slot& slot) const {
  if (!slot.next.has_value()) return false;
  if (!AwaitsAdmission(At(*slot.next).state)) return false;
  // A slot that nobody serves takes what it gets, even in a pause.
  if (!slot.serving.has_value()) return true;
  const bool held = fleet_.roll.has_value() && fleet_.roll->paused &&
                    At(*slot.next).generation == fleet_.roll->to;
  return !held && NobodyLeaving();
}

void Plan::AdmitHealthy(Turn& turn) {
  for (Slot& slot : fleet_.slots) {
    if (!MayAdmit(slot)) continue;
    const std::optional<WorkerId> predecessor = slot.serving;
    slot.serving = slot.next;
    slot.next.reset();
    slot.renew = false;
    Enter(turn, *slot.serving, WorkerState::kServing);
    if (predecessor.has_value()) Enter(turn, *predecessor, WorkerState::kQuiescing);
  }
}

void Plan::RetireDismissed(Turn& turn) {
  for (auto& [id, worker] : fleet_.workers) {
    if (worker.state != WorkerState::kDismissed) continue;
    if (!NobodyLeaving()) return;
    Enter(turn, id, WorkerState::kQuiescing);
  }
}

// A roll goes on: the lowest slots that still want the former generation change their minds, as
// many at once as `surge` says. A slot counts until its predecessor has left: the moment in which a
// listener leaves may send connections to whoever has just come, who is not proven yet.
void Plan::PickSlots(Turn& turn) {
  if (fleet_.state() != FleetState::kRolling || CanaryAhead()) return;
  int under_way = 0;
  for (size_t i = 0; i < fleet_.slots.size(); ++i) {
    const bool picked = !fleet_.slots[i].closed && fleet_.slots[i].wanted == fleet_.roll->to;
    if (picked && !Settled(SlotId(static_cast<int64_t>(i)))) ++under_way;
  }
  for (Slot& slot : fleet_.slots) {
    if (under_way >= policy_.surge) return;
    if (slot.closed || slot.wanted == fleet_.roll->to || slot.next.has_value()) continue;
    slot.wanted = fleet_.roll->to;
    slot.failures = 0;
    slot.launch_at = Instant();
    ++under_way;
    turn.changed = true;
  }
}

// May a worker that serves well be replaced now, to change its generation?
bool Plan::MayReplace(const Slot& slot) const {
  const FleetState state = fleet_.state();
  if (state == FleetState::kPaused) return false;
  if (state == FleetState::kRolling) return slot.wanted == fleet_.roll->to;  // picked
  // What failed once on the way back is tried again when the roll has ended without it.
  if (slot.revert_failed && state == FleetState::kReverting) return false;
  const auto replacing = [this](const Slot& other) {
    return other.next.has_value() && other.serving.has_value() &&
           At(*other.next).generation != At(*other.serving).generation;
  };
  // Predecessors on their way out count too. Failed replacements do not: a slot that fails again
  // and again must not hold the others up.
  const auto under_way =
      std::count_if(fleet_.slots.begin(), fleet_.slots.end(), replacing) +
      std::count_if(fleet_.workers.begin(), fleet_.workers.end(), [](const auto& entry) {
        return entry.second.served && IsLeaving(entry.second);
      });
  return under_way < policy_.surge;
}

void Plan::LaunchMissing(Turn& turn) {
  for (size_t i = 0; i < fleet_.slots.size(); ++i) {
    Slot& slot = fleet_.slots[i];
    if (slot.launch_at != Instant() && slot.launch_at <= turn.now) slot.launch_at = Instant();
    if (slot.closed || slot.next.has_value() || slot.launch_at != Instant()) continue;
    if (Dismissed(SlotId(static_cast<int64_t>(i)))) continue;
    const Worker* serving = slot.serving.has_value() ? &At(*slot.serving) : nullptr;
    const bool missing = serving == nullptr || serving->unhealthy;
    const bool outdated = serving != nullptr && (serving->generation != slot.wanted || slot.renew);
    if (!missing && !(outdated && MayReplace(slot))) continue;
    slot.next = Launch(turn, SlotId(static_cast<int64_t>(i)), slot.wanted);
  }
}

WorkerId Plan::Launch(Turn& turn, SlotId slot, GenerationId generation) {
  const WorkerId id(++fleet_.last_worker);
  fleet_.workers[id] = Worker{.slot = slot, .generation = generation};
  Enter(turn, id, WorkerState::kStarting);
  turn.actions.push_back(LaunchWorker{id, slot, generation});
  return id;
}

void Plan::NoteStarted(Turn& turn) {
  if (fleet_.started) return;
  for (const Slot& slot : fleet_.slots) {
    // A slot that keeps failing must not keep a person from rolling the remedy out.
    const bool tried = slot.failures > 0 && fleet_.ever_healthy;
    if (!slot.closed && !slot.serving.has_value() && !tried) return;
  }
  fleet_.started = true;
  turn.actions.push_back(FleetStarted{});
}

// Must this slot be as the roll wants it, before the roll can end?
bool Plan::Awaited(SlotId id) const {
  const Roll& roll = *fleet_.roll;
  const Slot& slot = fleet_.slots[id.value()];
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

void Plan::EndRoll(Turn& turn) {
  if (!fleet_.roll.has_value()) return;
  const Roll roll = *fleet_.roll;
  const GenerationId goal = roll.reverting.has_value() ? roll.from : roll.to;
  for (size_t i = 0; i < fleet_.slots.size(); ++i) {
    const SlotId id(static_cast<int64_t>(i));
    if (Awaited(id) && (fleet_.slots[i].wanted != goal || !Settled(id))) return;
  }
  // The number of slots changes last, when the generation has proven itself.
  const int workers = roll.reverting.has_value() ? roll.workers_before : roll.workers;
  if (fleet_.open_slots() != workers) return Resize(turn, workers);
  if (!ClosedSlotsAreEmpty()) return;
  fleet_.generation = goal;
  fleet_.roll.reset();
  turn.changed = true;
  turn.actions.push_back(RollEnded{roll.kind, roll.from, roll.to,
                                   roll.reverting.value_or(Outcome::kRolled), roll.reason});
}

// Every slot's share is the same. An unhealthy worker's goes to the others, as long as there is
// one.
void Plan::ShareOut(Turn& turn) {
  std::map<WorkerId, uint32_t> healthy, all;
  for (const Slot& slot : fleet_.slots) {
    if (!slot.serving.has_value()) continue;
    all[*slot.serving] = 1;
    if (!At(*slot.serving).unhealthy) healthy[*slot.serving] = 1;
  }
  std::map<WorkerId, uint32_t> weights = healthy.empty() ? all : healthy;
  GiveCanaryItsShare(weights);
  if (weights == fleet_.weights) return;
  fleet_.weights = std::move(weights);
  turn.actions.push_back(ApplyShares{fleet_.weights});
}

}  // namespace rollport::rollout
