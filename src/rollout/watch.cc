#include "rollout/watch.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rollout/failure.h"
#include "rollout/revert.h"

namespace rollport::rollout {
namespace {

bool MustAnswer(const Roll& roll, WorkerId id, const Worker& worker) {
  return roll.HasBrought(id, worker) && (AwaitsAdmission(worker.state) || IsAdmitted(worker.state));
}

bool WatchIsOver(const Roll& roll, Instant now) { return roll.watch_until <= now; }

// Has it answered since the watch was over?
bool HasAnswered(const Roll& roll, const Worker& worker) {
  return worker.good_began >= roll.watch_until && !IsInDoubt(worker);
}

// The new workers whose answers the roll waits for now.
std::vector<WorkerId> Awaited(const Fleet& fleet, Instant now) {
  const Roll& roll = *fleet.roll;
  std::vector<WorkerId> awaited;
  for (const auto& [id, worker] : fleet.workers) {
    if (!MustAnswer(roll, id, worker)) continue;
    const bool late = WatchIsOver(roll, now) && !HasAnswered(roll, worker);
    if (late || IsInDoubt(worker)) awaited.push_back(id);
  }
  return awaited;
}

// The roll has waited for healthy_deadline, but not for the same worker all the time, perhaps.
// Blames the one that has not answered for the longest time.
void FailForAnswers(Turn& turn, const std::vector<WorkerId>& awaited) {
  const WorkerId id = *std::min_element(
      awaited.begin(), awaited.end(),
      [&turn](WorkerId a, WorkerId b) { return turn.At(a).good_began < turn.At(b).good_began; });
  const Worker& worker = turn.At(id);
  const absl::Duration waited = turn.policy().healthy_deadline;
  const bool all_the_time = worker.good_began + waited <= turn.now();
  const std::string time = absl::FormatDuration(waited);
  const std::string reason =
      all_the_time ? absl::StrCat("has not answered a probe well for ", time)
                   : absl::StrCat("did not answer its last probe well; at every moment of ", time,
                                  " some new worker had not");
  FailRoll(turn, worker.slot, Blaming(worker, reason));
}

}  // namespace

bool NewWorkerInDoubt(const Fleet& fleet) {
  if (!fleet.roll.has_value() || fleet.roll->reverting.has_value()) return false;
  for (const auto& [id, worker] : fleet.workers) {
    if (MustAnswer(*fleet.roll, id, worker) && IsInDoubt(worker)) return true;
  }
  return false;
}

bool NewWorkersAreProven(Turn& turn) {
  Roll& roll = *turn.fleet().roll;
  if (roll.paused || NewWorkerInDoubt(turn.fleet())) return false;
  bool any = false;
  for (const auto& [id, worker] : turn.fleet().workers) any |= MustAnswer(roll, id, worker);
  if (!any || turn.policy().watch == absl::ZeroDuration()) return true;
  if (roll.watch_until.is_never()) roll.watch_until = turn.now() + turn.policy().watch;
  return WatchIsOver(roll, turn.now()) && Awaited(turn.fleet(), turn.now()).empty();
}

void AwaitAnswers(Turn& turn) {
  if (!turn.fleet().roll.has_value()) return;
  Roll& roll = *turn.fleet().roll;
  const bool goes_on = !roll.paused && !roll.reverting.has_value();
  const std::vector<WorkerId> awaited =
      goes_on ? Awaited(turn.fleet(), turn.now()) : std::vector<WorkerId>();
  if (awaited.empty()) {
    roll.answer_until = Instant::Never();
  } else if (roll.answer_until.is_never()) {
    roll.answer_until = turn.now() + turn.policy().healthy_deadline;
    if (!WatchIsOver(roll, turn.now())) return;
    for (const WorkerId id : awaited) turn.Do(ProbeWorker{id});
  } else if (roll.answer_until <= turn.now()) {
    FailForAnswers(turn, awaited);
  }
}

Instant NextLook(const Fleet& fleet) {
  if (!fleet.roll.has_value() || fleet.roll->paused) return Instant::Never();
  return fleet.roll->answer_until.is_never() ? fleet.roll->watch_until : fleet.roll->answer_until;
}

}  // namespace rollport::rollout
