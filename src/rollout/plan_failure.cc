// What a failure costs: the worker, perhaps its slot's next launch some time, perhaps the roll.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "rollout/plan.h"

namespace rollport::rollout {
namespace {

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): a whole
// generator in one word of state, which keeps the plan a small value.
double NextUniform(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

}  // namespace

// Whoever counted on this worker does so no longer. A canary that is tried again begins with its
// first step.
void Plan::Forsake(WorkerId id) {
  Slot& slot = SlotOf(At(id));
  if (slot.next == id) slot.next.reset();
  if (slot.serving == id) slot.serving.reset();
  if (!fleet_.roll.has_value()) return;
  Roll& roll = *fleet_.roll;
  if (roll.trial != id && At(id).state != WorkerState::kCanary) return;
  roll.trial.reset();
  roll.step = 0;
  roll.step_over = false;
}

void Plan::Dismiss(Turn& turn, WorkerId id, std::string_view reason) {
  Forsake(id);
  Enter(turn, id, WorkerState::kDismissed, reason);
}

void Plan::Fail(Turn& turn, WorkerId id, std::string_view reason) {
  const Worker worker = At(id);
  Forsake(id);
  Enter(turn, id, WorkerState::kDismissed, reason);
  Blame(turn, worker, reason);
}

void Plan::FailReaped(Turn& turn, WorkerId id, std::string_view reason) {
  Forsake(id);
  const Worker worker = At(id);
  fleet_.workers.erase(id);
  Blame(turn, worker, reason);
}

// Somebody else told it to stop, or it chose to. It is not signalled again: for a worker that
// drains a second signal means "at once".
void Plan::Leave(Turn& turn, WorkerId id, std::string_view reason) {
  Forsake(id);
  const Worker worker = At(id);
  Enter(turn, id, WorkerState::kDraining, reason);
  Blame(turn, worker, reason);
}

// Counts the failure against the slot, the roll or the start of the fleet. `worker` as it was when
// it failed.
void Plan::Blame(Turn& turn, Worker worker, std::string_view reason) {
  turn.changed = true;
  Slot& slot = SlotOf(worker);
  if (worker.state == WorkerState::kServing && turn.now >= worker.since + policy_.stable_after) {
    slot.failures = 0;
  }
  ++slot.failures;
  const absl::Duration delay = Backoff(slot.failures);
  slot.launch_at = delay == absl::ZeroDuration() ? Instant() : turn.now + delay;

  const std::string where = absl::StrCat("slot ", worker.slot.value(), ", generation ",
                                         worker.generation.value(), ": ", ToAbsl(reason));
  if (!fleet_.started && !fleet_.ever_healthy) {
    turn.actions.push_back(StartFailed{where});
    return BeginStop(turn);
  }
  if (!fleet_.roll.has_value()) return;
  if (!fleet_.roll->reverting.has_value()) {
    if (IsOfRoll(worker)) FailRoll(turn, worker.slot, where);
  } else if (fleet_.roll->kind == RollKind::kRoll && worker.generation == fleet_.roll->from) {
    slot.revert_failed = true;
    absl::StrAppend(&fleet_.roll->reason, "; on the way back ", where);
  }
}

// Would there be no such worker without the roll?
bool Plan::IsOfRoll(const Worker& worker) const {
  switch (fleet_.roll->kind) {
    case RollKind::kRoll:
      return worker.generation == fleet_.roll->to;
    case RollKind::kScale:
      return worker.slot.value() >= fleet_.roll->workers_before;
    case RollKind::kRestart:
      return worker.slot == fleet_.roll->only && worker.state != WorkerState::kServing;
  }
  return false;
}

void Plan::FailRoll(Turn& turn, SlotId id, std::string reason) {
  const bool for_a_person = fleet_.roll->kind == RollKind::kRoll && !policy_.auto_revert;
  if (!for_a_person) return GoBack(turn, Outcome::kReverted, std::move(reason));
  // Stop where it is, for a person to decide. The slot that failed keeps its predecessor.
  Slot& slot = fleet_.slots[id.value()];
  if (slot.serving.has_value() && At(*slot.serving).generation != fleet_.roll->to) {
    slot.wanted = fleet_.roll->from;
  }
  fleet_.roll->paused = true;
  fleet_.roll->reason = reason;
  turn.actions.push_back(RollPaused{std::move(reason)});
}

void Plan::GoBack(Turn& turn, Outcome outcome, std::string reason) {
  Roll& roll = *fleet_.roll;
  roll.paused = false;
  roll.reverting = outcome;
  roll.reason = reason;
  turn.actions.push_back(RollReverting{std::move(reason)});
  turn.changed = true;
  roll.canary.clear();
  roll.step = 0;
  if (roll.trial.has_value()) Dismiss(turn, *roll.trial, "going back");
  Resize(turn, roll.workers_before);
  for (size_t i = 0; i < fleet_.slots.size(); ++i) {
    const bool concerned =
        roll.kind == RollKind::kRoll ||
        (roll.kind == RollKind::kRestart && roll.only == SlotId(static_cast<int64_t>(i)));
    if (concerned && !fleet_.slots[i].closed) GoBack(turn, fleet_.slots[i]);
  }
}

void Plan::GoBack(Turn& turn, Slot& slot) {
  const Roll& roll = *fleet_.roll;
  slot.wanted = roll.from;
  slot.renew = false;
  slot.revert_failed = false;
  // What the new generation did is not held against the former one.
  slot.failures = 0;
  slot.launch_at = Instant();
  if (slot.next.has_value() && At(*slot.next).generation == roll.to) {
    Dismiss(turn, *slot.next, "going back");
  }
}

absl::Duration Plan::Backoff(int failures) {
  if (failures <= 1) return absl::ZeroDuration();
  const int doublings = std::min(failures - 2, 30);
  const absl::Duration full =
      std::min(policy_.backoff_max, policy_.backoff_first * (1 << doublings));
  if (policy_.backoff_jitter == 0) return full;
  return full * (1 - policy_.backoff_jitter * NextUniform(fleet_.random));
}

}  // namespace rollport::rollout
