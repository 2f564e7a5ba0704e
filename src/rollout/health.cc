#include "rollout/health.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "rollout/failure.h"
#include "rollout/retirement.h"

namespace rollport::rollout {
namespace {

constexpr absl::Duration kMostTime = absl::Hours(24);

bool EnoughGood(const Turn& turn, const Worker& worker) {
  return worker.good_probes >= turn.policy().healthy_after;
}

// When a worker that is not healthy yet is looked at again: at healthy_from if nothing else is
// missing.
Instant NextCheck(const Turn& turn, const Worker& worker) {
  const bool only_time = EnoughGood(turn, worker) && worker.healthy_from > turn.now();
  return only_time ? std::min(worker.healthy_from, worker.fail_at) : worker.fail_at;
}

// A worker that leaves, or waits for its turn to. Once it is known to hang, others leave beside it,
// so it stays so.
void NoteWhetherItHangs(Turn& turn, Worker& worker, ProbeResult result) {
  const bool waits = worker.state == WorkerState::kDismissed && !IsHung(worker);
  if (!waits && !HoldsOthersUp(worker)) return;
  if (result == ProbeResult::kOverdue) {
    if (!IsInDoubt(worker)) worker.last_probe = result;
    return;
  }
  const bool silent = result == ProbeResult::kSilent;
  const int most = turn.policy().unhealthy_after;
  worker.last_probe = result;
  worker.bad_probes = silent ? std::min(worker.bad_probes + 1, most) : 0;
  worker.unhealthy |= worker.bad_probes >= most;
  if (!silent) LookAgainLater(turn, worker);
}

void MakeHealthy(Turn& turn, WorkerId id) {
  turn.fleet().ever_healthy = true;
  turn.Enter(id, WorkerState::kHealthy);
}

}  // namespace

void NoteProbe(Turn& turn, const WorkerProbed& probed) {
  const auto it = turn.fleet().workers.find(probed.worker);
  if (it == turn.fleet().workers.end()) return;
  Worker& worker = it->second;
  if (IsUnwanted(worker.state)) return NoteWhetherItHangs(turn, worker, probed.result);
  const bool doubted = IsInDoubt(worker);
  // After a probe that has failed, an overdue one is no news, until it has failed too.
  if (doubted && probed.result == ProbeResult::kOverdue) return;
  worker.last_probe = probed.result;
  if (probed.result == ProbeResult::kGood) worker.good_began = turn.now() + -probed.age;
  if (worker.state != WorkerState::kHealthy || IsInDoubt(worker) == doubted) return;
  // It is not admitted while it is in doubt, and not for ever.
  worker.deadline = worker.fail_at =
      doubted ? Instant::Never() : turn.now() + turn.policy().healthy_deadline;
}

bool IsRoutine(const Fleet& fleet, const WorkerProbed& probed) {
  if (probed.result != ProbeResult::kGood) return false;
  // A roll that watches its new workers, or waits for answers, looks at each one.
  if (fleet.roll.has_value() &&
      !(fleet.roll->watch_until.is_never() && fleet.roll->answer_until.is_never())) {
    return false;
  }
  const auto it = fleet.workers.find(probed.worker);
  if (it == fleet.workers.end()) return false;
  const Worker& worker = it->second;
  return worker.state == WorkerState::kServing && worker.last_probe == ProbeResult::kGood &&
         !worker.unhealthy && worker.bad_probes == 0;
}

void CountGood(Turn& turn, WorkerId id) {
  const Policy& policy = turn.policy();
  Worker& worker = turn.At(id);
  if (worker.good_probes == 0) worker.healthy_from = worker.good_began + policy.min_healthy_time;
  worker.good_probes = std::min(worker.good_probes + 1, policy.healthy_after);
  worker.bad_probes = 0;
  const bool held = worker.good_began >= worker.healthy_from || turn.fleet().NobodyIsServed();
  if (EnoughGood(turn, worker) && held) return MakeHealthy(turn, id);
  worker.deadline = NextCheck(turn, worker);
}

void CountBad(Turn& turn, WorkerId id, std::string_view detail) {
  Worker& worker = turn.At(id);
  if (worker.state == WorkerState::kHealthy) turn.Enter(id, WorkerState::kReady, detail);
  worker.good_probes = 0;
  worker.healthy_from = Instant::Never();
  worker.deadline = worker.fail_at;
}

void CheckTime(Turn& turn, WorkerId id) {
  Worker& worker = turn.At(id);
  if (turn.now() >= worker.fail_at) return FailLate(turn, id, "was not healthy in time");
  worker.deadline = worker.fail_at;
  turn.Do(ProbeWorker{id});
}

void FailLate(Turn& turn, WorkerId id, std::string_view what) {
  const std::string& evidence = turn.At(id).evidence;
  Fail(turn, id, absl::StrCat(ToAbsl(what), evidence.empty() ? "" : ": ", evidence));
}

void Recover(Turn& turn, WorkerId id) {
  Worker& worker = turn.At(id);
  worker.bad_probes = 0;
  if (!worker.unhealthy) return;
  ++worker.good_probes;
  if (!EnoughGood(turn, worker)) return;
  worker.unhealthy = false;
  turn.Do(NoteWorker{id, worker.state, "healthy again"});
}

void Suspect(Turn& turn, WorkerId id, std::string_view detail) {
  Worker& worker = turn.At(id);
  worker.good_probes = 0;
  if (worker.unhealthy || ++worker.bad_probes < turn.policy().unhealthy_after) return;
  worker.unhealthy = true;
  const std::string reason = absl::StrCat("unhealthy: ", ToAbsl(detail));
  turn.Do(NoteWorker{id, worker.state, reason, /*failed=*/true});
  Blame(turn, id, worker, reason);
}

void Accuse(Turn& turn, WorkerId id, std::string_view detail) {
  Worker& worker = turn.At(id);
  if (++worker.bad_probes < turn.policy().unhealthy_after) return;
  worker.unhealthy = true;
  Fail(turn, id, absl::StrCat("unhealthy: ", ToAbsl(detail)));
}

// A draining worker has one deadline; a worker on its way to healthy keeps its min_healthy_time.
void Extend(Turn& turn, WorkerId id, absl::Duration time) {
  Worker& worker = turn.At(id);
  // However often it asks.
  const Instant until = std::min(turn.now() + time, worker.since + kMostTime);
  if (worker.state == WorkerState::kDraining) {
    if (until <= worker.deadline) return;
    // Until its listeners are closed, no other worker leaves.
    const bool first = worker.leave_by.is_never() && worker.listening;
    if (first && !turn.fleet().stopping) worker.leave_by = worker.deadline;
    worker.deadline = until;
    return;
  }
  worker.fail_at = std::max(worker.fail_at, until);
  worker.deadline = NextCheck(turn, worker);
}

}  // namespace rollport::rollout
