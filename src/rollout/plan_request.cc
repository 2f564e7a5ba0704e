// What a person may ask of a plan.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "rollout/plan.h"

namespace rollport::rollout {

void Plan::RequestRoll(Turn& turn, GenerationId generation) {
  const auto refuse = [&](std::string reason) {
    turn.actions.push_back(Refuse{std::move(reason)});
  };
  if (fleet_.stopping) return refuse("the fleet is stopping");
  if (!fleet_.started) return refuse("the fleet is still starting");
  if (fleet_.roll.has_value()) {
    return refuse(absl::StrCat("a roll to generation ", fleet_.roll->to.value(), " is under way (",
                               ToAbsl(Name(fleet_.state())), ", ", fleet_.ServedBy(fleet_.roll->to),
                               " of ", fleet_.slots.size(), " slots replaced)"));
  }
  if (generation <= fleet_.generation) {
    return refuse(absl::StrCat("generation ", generation.value(), " is not newer than ",
                               fleet_.generation.value()));
  }
  fleet_.roll = Roll{.from = fleet_.generation, .to = generation, .began = turn.now};
  for (Slot& slot : fleet_.slots) slot.revert_failed = false;
  turn.changed = true;
}

void Plan::RequestPause(Turn& turn) {
  if (fleet_.state() == FleetState::kPaused) return;
  if (fleet_.state() != FleetState::kRolling) {
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
  GoBack(turn, Outcome::kAborted, "asked to abort");
}

void Plan::BeginStop(Turn& turn) {
  if (fleet_.stopping) return;
  fleet_.stopping = true;
  turn.changed = true;
  if (fleet_.roll.has_value()) {
    turn.actions.push_back(
        RollEnded{fleet_.roll->from, fleet_.roll->to, Outcome::kAborted, "the fleet was stopped"});
    fleet_.roll.reset();
  }
  for (Slot& slot : fleet_.slots) {
    slot.serving.reset();
    slot.next.reset();
    slot.launch_at = Instant();
  }
  // All at once: no worker is left to steer to, so there is nothing to wait for.
  for (auto& [id, worker] : fleet_.workers) {
    if (worker.state == WorkerState::kDraining || worker.state == WorkerState::kKilled) continue;
    Enter(turn, id, WorkerState::kDraining, "the fleet stops");
    turn.actions.push_back(DrainWorker{id});
  }
}

}  // namespace rollport::rollout
