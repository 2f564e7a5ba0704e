#include "rollout/failure.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "rollout/backoff.h"
#include "rollout/retirement.h"
#include "rollout/revert.h"
#include "rollout/stop.h"

namespace rollport::rollout {
namespace {

void BlameSlot(Turn& turn, const Worker& worker) {
  Slot& slot = turn.SlotOf(worker);
  const Policy& policy = turn.policy();
  const bool was_stable =
      worker.state == WorkerState::kServing && turn.now() >= worker.since + policy.stable_after;
  slot.failures = was_stable ? 1 : slot.failures + 1;
  const absl::Duration delay = Backoff(policy, slot.failures, turn.fleet().random);
  slot.launch_at = delay == absl::ZeroDuration() ? Instant() : turn.now() + delay;
}

}  // namespace

std::string Blaming(const Worker& worker, std::string_view reason) {
  return absl::StrCat("slot ", worker.slot.value(), ", generation ", worker.generation.value(),
                      ": ", ToAbsl(reason));
}

void Fail(Turn& turn, WorkerId id, std::string_view reason) {
  const Worker worker = turn.At(id);
  Dismiss(turn, id, reason, /*failed=*/true);
  Blame(turn, id, worker, reason);
}

void FailReaped(Turn& turn, WorkerId id, std::string_view reason) {
  Unassign(turn, id);
  const Worker worker = turn.At(id);
  turn.fleet().workers.erase(id);
  Blame(turn, id, worker, reason);
}

// It is not signalled: for a worker that drains already, a signal means "at once".
void Leave(Turn& turn, WorkerId id, std::string_view reason) {
  Unassign(turn, id);
  const Worker worker = turn.At(id);
  turn.Enter(id, WorkerState::kDraining, reason, /*failed=*/true);
  Blame(turn, id, worker, reason);
}

void Blame(Turn& turn, WorkerId id, const Worker& worker, std::string_view reason) {
  turn.set_changed(true);
  BlameSlot(turn, worker);
  const std::string where = Blaming(worker, reason);
  if (!turn.fleet().started && !turn.fleet().ever_healthy) {
    turn.Do(StartFailed{where});
    return BeginStop(turn);
  }
  BlameRoll(turn, id, worker, where);
}

}  // namespace rollport::rollout
