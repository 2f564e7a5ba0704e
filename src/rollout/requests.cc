#include "rollout/requests.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "rollout/revert.h"

namespace rollport::rollout {
namespace {

// Why no change can begin now; nullopt if one can.
std::optional<std::string> Obstacle(const Fleet& fleet) {
  if (fleet.stopping) return "the fleet is stopping";
  if (!fleet.started) return "the fleet is still starting";
  if (!fleet.roll.has_value()) return std::nullopt;
  const Roll& roll = *fleet.roll;
  switch (roll.kind) {
    case RollKind::kRoll:
      return absl::StrCat("a roll to generation ", roll.to.value(), " is under way (",
                          ToAbsl(Name(fleet.state())), ", ", fleet.ServedBy(roll.to), " of ",
                          fleet.open_slots(), " slots replaced)");
    case RollKind::kScale:
      return absl::StrCat("a scaling to ", roll.workers, " workers is under way");
    case RollKind::kRestart:
      return absl::StrCat("a restart of slot ", roll.only.value(), " is under way");
  }
  return std::nullopt;
}

// True if no change can begin now, which it then says.
bool RefuseChange(Turn& turn) {
  std::optional<std::string> obstacle = Obstacle(turn.fleet());
  if (!obstacle.has_value()) return false;
  turn.Do(Refuse{*std::move(obstacle)});
  return true;
}

// A change of `kind` that leaves the generation and the number of workers as they are.
Roll& Begin(Turn& turn, RollKind kind) {
  Fleet& fleet = turn.fleet();
  fleet.roll = Roll{.kind = kind,
                    .from = fleet.generation,
                    .to = fleet.generation,
                    .workers_before = fleet.open_slots(),
                    .workers = fleet.open_slots(),
                    .began = turn.now(),
                    .last_old = fleet.last_worker};
  turn.set_changed(true);
  return *fleet.roll;
}

// "there is nothing to pause: the fleet is steady"
void RefuseTo(Turn& turn, std::string_view verb) {
  turn.Do(Refuse{absl::StrCat("there is nothing to ", ToAbsl(verb), ": the fleet is ",
                              ToAbsl(Name(turn.fleet().state())))});
}

}  // namespace

void RequestRoll(Turn& turn, const RollRequested& request) {
  if (RefuseChange(turn)) return;
  Fleet& fleet = turn.fleet();
  if (request.generation == fleet.generation) {
    return turn.Do(
        Refuse{absl::StrCat("generation ", request.generation.value(), " runs already")});
  }
  Roll& roll = Begin(turn, RollKind::kRoll);
  roll.to = request.generation;
  roll.workers = request.workers.value_or(roll.workers_before);
  roll.canary = request.canary;
  for (Slot& slot : fleet.slots) slot.revert_failed = false;
}

void RequestScale(Turn& turn, int workers) {
  if (RefuseChange(turn)) return;
  Begin(turn, RollKind::kScale).workers = workers;
}

void RequestRestart(Turn& turn, SlotId slot) {
  if (RefuseChange(turn)) return;
  Fleet& fleet = turn.fleet();
  if (slot.value() < 0 || slot.value() >= fleet.open_slots()) {
    return turn.Do(Refuse{absl::StrCat("there is no slot ", slot.value(), ": slots are 0 to ",
                                       fleet.open_slots() - 1)});
  }
  Begin(turn, RollKind::kRestart).only = slot;
  Slot& renewed = fleet.slots[slot.value()];
  renewed.renew = true;
  renewed.failures = 0;
  renewed.launch_at = Instant();
}

void RequestPause(Turn& turn) {
  Fleet& fleet = turn.fleet();
  const FleetState state = fleet.state();
  if (state == FleetState::kPaused) return;
  if (state != FleetState::kRolling || fleet.roll->kind != RollKind::kRoll) {
    return RefuseTo(turn, "pause");
  }
  fleet.roll->paused = true;
  fleet.roll->reason = "asked to pause";
  turn.Do(RollPaused{fleet.roll->reason});
}

void RequestResume(Turn& turn) {
  if (turn.fleet().state() != FleetState::kPaused) return RefuseTo(turn, "resume");
  turn.fleet().roll->paused = false;
  turn.fleet().roll->reason.clear();
  turn.set_changed(true);
}

void RequestAbort(Turn& turn) {
  const FleetState state = turn.fleet().state();
  if (state != FleetState::kRolling && state != FleetState::kPaused) {
    return RefuseTo(turn, "abort");
  }
  const Roll& roll = *turn.fleet().roll;
  if (roll.kind == RollKind::kRestart && !turn.fleet().slots[roll.only.value()].renew) {
    return turn.Do(
        Refuse{absl::StrCat("too late: slot ", roll.only.value(), " has its new worker")});
  }
  GoBack(turn, Outcome::kAborted, "asked to abort");
}

}  // namespace rollport::rollout
