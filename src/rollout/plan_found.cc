// A plan whose fleet was there before it: the controller that ran it has died, and its workers have
// not. Who served serves on. Everybody else goes the way of every worker that is not wanted; what
// is missing is launched; and a slot that serves another generation than the fleet's goes back to
// that.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "rollout/plan.h"

namespace rollport::rollout {

void Plan::TakeOver(Turn& turn, const FleetFound& found) {
  RP_CHECK(fleet_.last_worker == 0, absl::StrCat(fleet_.last_worker, " workers launched before"));
  for (const FoundWorker& worker : found.workers) TakeOver(turn, worker);
}

void Plan::TakeOver(Turn& turn, const FoundWorker& found) {
  RP_CHECK(
      found.worker.value() > 0 && !fleet_.workers.contains(found.worker) && found.slot.value() >= 0,
      absl::StrCat("worker ", found.worker.value(), " in slot ", found.slot.value()));
  fleet_.last_worker = std::max(fleet_.last_worker, found.worker.value());
  // A slot that the fleet does not have any more, or not yet.
  const auto index = static_cast<size_t>(found.slot.value());
  const Slot beyond{.wanted = fleet_.generation, .closed = true};
  if (fleet_.slots.size() <= index) fleet_.slots.resize(index + 1, beyond);
  Slot& slot = fleet_.slots[index];
  fleet_.workers[found.worker] = Worker{.slot = found.slot,
                                        .generation = found.generation,
                                        .listening = found.listening,
                                        .found = true};

  const bool served = found.state == WorkerState::kServing;
  if (served && found.listening && !slot.closed && !slot.serving.has_value()) {
    slot.serving = found.worker;
    fleet_.ever_healthy = true;
    Enter(turn, found.worker, WorkerState::kServing, "found serving");
    turn.actions.push_back(ProbeWorker{found.worker});
  } else if ((served || IsStopping(found.state)) && !found.listening) {
    GoOnDraining(turn, found);
  } else {
    // One that was to be told to stop and still listens has perhaps not been told: it is quiesced
    // and told again.
    Enter(turn, found.worker, WorkerState::kDismissed,
          absl::StrCat("found ", std::string(Name(found.state))));
  }
}

// It is not signalled: for a worker that drains a second signal means "at once". Its time goes on
// from where it was; one that left by itself begins now.
void Plan::GoOnDraining(Turn& turn, const FoundWorker& found) {
  Enter(turn, found.worker, WorkerState::kDraining, "found draining");
  Instant& deadline = At(found.worker).deadline;
  if (found.state == WorkerState::kDraining && !found.deadline.is_never()) {
    deadline = std::max(found.deadline, turn.now);
  }
  // SIGKILL again, because nobody knows whether it was sent.
  if (found.state == WorkerState::kKilled) deadline = turn.now;
}

}  // namespace rollport::rollout
