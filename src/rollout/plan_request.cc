// What a person may ask of a plan.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "rollout/plan.h"

namespace rollport::rollout {

// Only one change of the fleet at a time. True where this one cannot begin, and why was said.
bool Plan::RefuseChange(Turn& turn) {
  const auto refuse = [&](std::string reason) {
    turn.actions.push_back(Refuse{std::move(reason)});
    return true;
  };
  if (fleet_.stopping) return refuse("the fleet is stopping");
  if (!fleet_.started) return refuse("the fleet is still starting");
  if (!fleet_.roll.has_value()) return false;
  const Roll& roll = *fleet_.roll;
  switch (roll.kind) {
    case RollKind::kRoll:
      return refuse(absl::StrCat("a roll to generation ", roll.to.value(), " is under way (",
                                 ToAbsl(Name(fleet_.state())), ", ", fleet_.ServedBy(roll.to),
                                 " of ", fleet_.open_slots(), " slots replaced)"));
    case RollKind::kScale:
      return refuse(absl::StrCat("a scaling to ", roll.workers, " workers is under way"));
    case RollKind::kRestart:
      return refuse(absl::StrCat("a restart of slot ", roll.only.value(), " is under way"));
  }
  return false;
}

void Plan::RequestRoll(Turn& turn, const RollRequested& request) {
  if (RefuseChange(turn)) return;
  if (request.generation == fleet_.generation) {
    turn.actions.push_back(
        Refuse{absl::StrCat("generation ", request.generation.value(), " runs already")});
    return;
  }
  fleet_.roll = Roll{.from = fleet_.generation,
                     .to = request.generation,
                     .workers_before = fleet_.open_slots(),
                     .workers = request.workers.value_or(fleet_.open_slots()),
                     .canary = request.canary,
                     .began = turn.now};
  for (Slot& slot : fleet_.slots) slot.revert_failed = false;
  turn.changed = true;
}

void Plan::RequestScale(Turn& turn, int workers) {
  if (RefuseChange(turn)) return;
  fleet_.roll = Roll{.kind = RollKind::kScale,
                     .from = fleet_.generation,
                     .to = fleet_.generation,
                     .workers_before = fleet_.open_slots(),
                     .workers = workers,
                     .began = turn.now};
  turn.changed = true;
}

void Plan::RequestRestart(Turn& turn, SlotId slot) {
  if (RefuseChange(turn)) return;
  if (slot.value() < 0 || slot.value() >= fleet_.open_slots()) {
    turn.actions.push_back(Refuse{absl::StrCat("there is no slot ", slot.value(),
                                               ": slots are 0 to ", fleet_.open_slots() - 1)});
    return;
  }
  fleet_.roll = Roll{.kind = RollKind::kRestart,
                     .from = fleet_.generation,
                     .to = fleet_.generation,
                     .workers_before = fleet_.open_slots(),
                     .workers = fleet_.open_slots(),
                     .only = slot,
                     .began = turn.now};
  Slot& renewed = fleet_.slots[slot.value()];
  renewed.renew = true;
  renewed.failures = 0;
  renewed.launch_at = Instant();
  turn.changed = true;
}

void Plan::RequestPause(Turn& turn) {
  if (fleet_.state() == FleetState::kPaused) return;
  if (fleet_.state() != FleetState::kRolling || fleet_.roll->kind != RollKind::kRoll) {
    turn.actions.push_back(Refuse{
        absl::StrCat("there is nothing to pause: the fleet is ", ToAbsl(Name(fleet_.state())))});
    return;
  }
  fleet_.roll->paused = true;
  fleet_.roll->reason = "asked to pause";
  turn.actions.push_back(RollPaused{fleet_.roll->reason});
}

void Plan::RequestResume(Turn& turn) {
  if (fleet_.state() != FleetState::kPaused) {
    turn.actions.push_back(Refuse{
        absl::StrCat("there is nothing to resume: the fleet is ", ToAbsl(Name(fleet_.state())))});
    return;
  }
  fleet_.roll->paused = false;
  fleet_.roll->reason.clear();
  turn.changed = true;
}

void Plan::RequestAbort(Turn& turn) {
  const FleetState state = fleet_.state();
  if (state != FleetState::kRolling && state != FleetState::kPaused) {
    turn.actions.push_back(
        Refuse{absl::StrCat("there is nothing to abort: the fleet is ", ToAbsl(Name(state)))});
    return;
  }
  const Roll& roll = *fleet_.roll;
  if (roll.kind == RollKind::kRestart && !fleet_.slots[roll.only.value()].renew) {
    turn.actions.push_back(
        Refuse{absl::StrCat("too late: slot ", roll.only.value(), " has its new worker")});
    return;
  }
  GoBack(turn, Outcome::kAborted, "asked to abort");
}

void Plan::BeginStop(Turn& turn) {
  if (fleet_.stopping) return;
  fleet_.stopping = true;
  turn.changed = true;
  if (fleet_.roll.has_value()) {
    turn.actions.push_back(RollEnded{fleet_.roll->kind, fleet_.roll->from, fleet_.roll->to,
                                     Outcome::kAborted, "the fleet was stopped"});
    fleet_.roll.reset();
  }
  for (Slot& slot : fleet_.slots) {
    slot.serving.reset();
    slot.next.reset();
    slot.launch_at = Instant();
    slot.renew = false;
  }
  // All at once: no worker is left to steer to, so there is nothing to wait for.
  for (auto& [id, worker] : fleet_.workers) {
    if (IsStopping(worker.state)) continue;
    Enter(turn, id, WorkerState::kDraining, "the fleet stops");
    turn.actions.push_back(DrainWorker{id});
  }
}

}  // namespace rollport::rollout
