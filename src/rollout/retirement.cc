#include "rollout/retirement.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace rollport::rollout {
namespace {

// The kernel closes the listeners of a killed worker in far less than this, unless it sleeps
// uninterruptibly. So does a hung worker that the stop signal ends.
constexpr absl::Duration kLeavesSoon = absl::Milliseconds(100);

// A worker that was told to stop closes its listeners much sooner, unless it hangs or has much to
// do first.
constexpr absl::Duration kLooksAgain = absl::Seconds(1);

// When the worker may be told to leave, or be killed: not so soon after another one of those that
// leave side by side that both might leave at once. One that has never had a share has left when it
// was told to.
Instant NextLeave(Turn& turn, WorkerState state) {
  for (const auto& [other, its] : turn.fleet().workers) {
    const bool told = its.state == state && its.listening && its.served;
    if (told && turn.now() < its.since + kLeavesSoon) return its.since + kLeavesSoon;
  }
  return turn.now();
}

// It is dark, so what waits there gets less, if it accepts at all.
bool MayEmptyItsQueue(const Worker& worker) {
  return worker.queue.waiting > 0 && (worker.queue.shrinks || !IsHung(worker));
}

// Others wait until it listens no more, or accepts what is in its queue; nothing shows that it
// will.
bool IsWaitedFor(const Worker& worker) {
  const bool accepts = worker.state == WorkerState::kQuiescing && worker.queue.shrinks;
  const bool late = worker.state == WorkerState::kDraining || worker.queue.awaited;
  return HoldsOthersUp(worker) && late && !accepts;
}

// Why it is told to stop although something may be on its way to it; empty if nothing is.
std::string WhyDrained(const Turn& turn, const Worker& worker) {
  if (worker.queue.waiting > 0) {
    return absl::StrCat("time ran out, with ", worker.queue.waiting, " in its accept queue");
  }
  const bool late = turn.now() >= worker.since + turn.policy().handshake_timeout;
  return late && !worker.queue.awaited ? "handshake_timeout ran out" : "";
}

}  // namespace

absl::Duration LeavesWithin(const Worker& worker) {
  const bool soon = worker.state == WorkerState::kKilled || IsHung(worker);
  return soon ? kLeavesSoon : absl::InfiniteDuration();
}

void Unassign(Turn& turn, WorkerId id) {
  const Worker& worker = turn.At(id);
  Slot& slot = turn.SlotOf(worker);
  if (slot.next == id) slot.next.reset();
  if (slot.serving == id) slot.serving.reset();
  if (!turn.fleet().roll.has_value()) return;
  Roll& roll = *turn.fleet().roll;
  if (roll.trial != id && worker.state != WorkerState::kCanary) return;
  roll.trial.reset();
  roll.step = 0;
  roll.step_over = false;
}

void Dismiss(Turn& turn, WorkerId id, std::string_view reason, bool failed) {
  Unassign(turn, id);
  turn.Enter(id, WorkerState::kDismissed, reason, failed);
}

bool MayRetire(const Fleet& fleet, const Worker& worker) {
  return LeavesAlone(worker) || !fleet.AnyLeaving();
}

bool IsProbedWhileLeaving(const Fleet& fleet, const Worker& worker) {
  if (fleet.stopping || !worker.served || IsHung(worker)) return false;
  if (worker.state == WorkerState::kDismissed) return true;
  const bool silent = worker.last_probe == ProbeResult::kSilent;
  return IsLeaving(worker) && (worker.state == WorkerState::kQuiescing || silent);
}

void Retire(Turn& turn, WorkerId id) { turn.Enter(id, WorkerState::kQuiescing); }

void RetireDismissed(Turn& turn) {
  bool any_leaving = turn.fleet().AnyLeaving();
  for (const auto& [id, worker] : turn.fleet().workers) {
    if (worker.state != WorkerState::kDismissed || (any_leaving && !LeavesAlone(worker))) continue;
    Retire(turn, id);
    any_leaving = any_leaving || HoldsOthersUp(worker);
  }
}

void Drain(Turn& turn, WorkerId id) {
  Worker& worker = turn.At(id);
  const bool late = turn.now() >= worker.deadline && !worker.queue.awaited;
  if (late && MayEmptyItsQueue(worker)) {
    worker.queue.awaited = true;
    worker.deadline = turn.now() + turn.policy().drain_timeout;
    return LookAgainLater(turn, worker);
  }
  if (const Instant next = NextLeave(turn, WorkerState::kDraining); next > turn.now()) {
    worker.deadline = next;
    return;
  }
  const std::string why = WhyDrained(turn, worker);
  turn.Enter(id, WorkerState::kDraining, why);
  turn.Do(DrainWorker{id});
  if (worker.served) return LookAgainLater(turn, worker);
  // Nobody has been sent to it, so it need not choose the moment itself.
  if (worker.listening) turn.Do(CloseListeners{id});
}

void NoteQueue(Turn& turn, WorkerId id, int waiting) {
  AcceptQueue& queue = turn.At(id).queue;
  queue.shrinks |= waiting < queue.waiting;
  queue.waiting = waiting;
  if (queue.awaited && waiting == 0) Drain(turn, id);
}

void Kill(Turn& turn, WorkerId id) {
  if (const Instant next = NextLeave(turn, WorkerState::kKilled);
      next > turn.now() && !turn.fleet().stopping) {
    turn.At(id).deadline = next;
    return;
  }
  turn.Enter(id, WorkerState::kKilled, "drain_timeout ran out");
  turn.Do(KillWorker{id});
}

void GiveUp(Turn& turn, WorkerId id) {
  turn.At(id).deadline = Instant::Never();
  turn.Do(GiveUpWorker{id});
}

void HaveItLeave(Turn& turn, WorkerId id) {
  turn.At(id).leave_by = Instant::Never();
  if (turn.At(id).listening) turn.Do(CloseListeners{id});
}

void LookWhetherItHangs(Turn& turn, WorkerId id) {
  Worker& worker = turn.At(id);
  worker.probe_at = Instant::Never();
  if (turn.fleet().stopping || !IsWaitedFor(worker)) return;
  // It may lie in the accept queue from here on.
  if (worker.last_probe != ProbeResult::kSilent) worker.last_probe = ProbeResult::kOverdue;
  turn.Do(ProbeWorker{id});
}

void LookAgainLater(Turn& turn, Worker& worker) {
  if (!IsWaitedFor(worker)) return;
  worker.probe_at = turn.now() + kLooksAgain;
}

}  // namespace rollport::rollout
