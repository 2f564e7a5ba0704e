#include "rollout/found.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/strings.h"

namespace rollport::rollout {
namespace {

// The slot of a found worker. One that the fleet does not have any more, or does not have yet, is
// added as a closed one.
Slot& SlotAt(Fleet& fleet, SlotId id) {
  const auto index = static_cast<size_t>(id.value());
  const Slot beyond{.wanted = fleet.generation, .closed = true};
  if (fleet.slots.size() <= index) fleet.slots.resize(index + 1, beyond);
  return fleet.slots[index];
}

bool MayHaveServed(WorkerState state) { return IsAdmitted(state) || IsUnwanted(state); }

// It is not signalled: for a worker that drains, a second signal means "at once". Its time goes on
// from where it was; that of a worker that left by itself begins now.
void GoOnDraining(Turn& turn, const FoundWorker& found) {
  turn.Enter(found.worker, WorkerState::kDraining, "found draining");
  Instant& deadline = turn.At(found.worker).deadline;
  if (found.state == WorkerState::kDraining && !found.deadline.is_never()) {
    deadline = std::max(found.deadline, turn.now());
  }
  // SIGKILL again, because it is not known whether it was sent.
  if (found.state == WorkerState::kKilled) deadline = turn.now();
}

void TakeOver(Turn& turn, const FoundWorker& found) {
  Fleet& fleet = turn.fleet();
  RP_CHECK(
      found.worker.value() > 0 && !fleet.workers.contains(found.worker) && found.slot.value() >= 0,
      absl::StrCat("worker ", found.worker.value(), " in slot ", found.slot.value()));
  fleet.last_worker = std::max(fleet.last_worker, found.worker.value());
  Slot& slot = SlotAt(fleet, found.slot);
  fleet.workers[found.worker] = Worker{.slot = found.slot,
                                       .generation = found.generation,
                                       .served = MayHaveServed(found.state),
                                       .listening = found.listening,
                                       .found = true};

  const bool served = found.state == WorkerState::kServing;
  if (served && found.listening && !slot.closed && !slot.serving.has_value()) {
    slot.serving = found.worker;
    fleet.ever_healthy = true;
    turn.Enter(found.worker, WorkerState::kServing, "found serving");
    turn.Do(ProbeWorker{found.worker});
  } else if ((served || IsStopping(found.state)) && !found.listening) {
    GoOnDraining(turn, found);
  } else {
    // A worker that was to be told to stop and still listens has perhaps not been told: it is
    // quiesced and told again.
    turn.Enter(found.worker, WorkerState::kDismissed,
               absl::StrCat("found ", ToAbsl(Name(found.state))));
    if (turn.At(found.worker).served) turn.Do(ProbeWorker{found.worker});
  }
}

// It goes back, because what its controller knew of it is lost.
void TakeOverRoll(Turn& turn, const FoundRoll& found) {
  Fleet& fleet = turn.fleet();
  const int slots = fleet.open_slots();
  fleet.roll = Roll{.kind = RollKind::kRoll,
                    .from = fleet.generation,
                    .to = found.to,
                    .workers_before = slots,
                    .workers = slots,
                    .reverting = found.outcome,
                    .reason = found.reason,
                    .began = turn.now(),
                    .last_old = fleet.last_worker};
}

}  // namespace

void TakeOver(Turn& turn, const FleetFound& found) {
  const int64_t last = turn.fleet().last_worker;
  RP_CHECK(last == 0, absl::StrCat(last, " workers launched before"));
  for (const FoundWorker& worker : found.workers) TakeOver(turn, worker);
  if (found.roll.has_value()) TakeOverRoll(turn, *found.roll);
}

}  // namespace rollport::rollout
