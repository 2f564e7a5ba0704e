#include "controller/accounts/roll_verdict.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"

namespace rollport::controller {

using rollout::WorkerState;

RollVerdict::RollVerdict(int64_t number, std::string kind, GenerationId from, GenerationId to,
                         Instant began, absl::Time wall, const os::TcpCounters& before)
    : from_(from), to_(to), began_(began) {
  record_.number = number;
  record_.kind = std::move(kind);
  record_.from = from.value();
  record_.to = to.value();
  record_.began = wall;
  record_.kernel.before = before;
}

void RollVerdict::Entered(WorkerId worker, SlotId slot, GenerationId generation, WorkerState state,
                          Instant now) {
  // What happens after the roll's end is not part of it, except for workers still in a phase.
  if (ended_.has_value() && !stays_.contains(worker)) return;
  Leave(worker, now);
  if (state == WorkerState::kServing) admitted_.insert(worker);
  if (!rollout::IsPhase(state)) return;
  stays_[worker] = Stay{.phase = {.slot = static_cast<int>(slot.value()),
                                  .generation = generation.value(),
                                  .phase = std::string(rollout::Name(state)),
                                  .start = now - began_},
                        .since = now};
}

void RollVerdict::Leave(WorkerId worker, Instant now) {
  const auto it = stays_.find(worker);
  if (it == stays_.end()) return;
  it->second.phase.length = now - it->second.since;
  record_.phases.push_back(std::move(it->second.phase));
  stays_.erase(it);
}

void RollVerdict::End(const rollout::RollEnded& ended, const rollout::Fleet& after, Instant now) {
  ended_ = ended;
  elapsed_ = now - began_;
  for (const auto& [id, worker] : after.workers) {
    const bool serves = worker.state == WorkerState::kServing;
    if (rollout::IsUnwanted(worker.state)) retiring_.insert(id);
    const bool rolled = ended.outcome == rollout::Outcome::kRolled;
    const bool left_behind = ended.outcome == rollout::Outcome::kFailed && worker.generation == to_;
    if ((rolled || left_behind) && serves && admitted_.contains(id)) ++replaced_;
  }
}

void RollVerdict::NoteEnded(WorkerId worker) {
  if (!ended_.has_value()) ended_workers_.insert(worker);
}

void RollVerdict::NoteStuck(WorkerId worker, const std::string& what) {
  if (!ended_.has_value() || retiring_.contains(worker)) stuck_.push_back(what);
}

bool RollVerdict::WorkerGone(WorkerId worker, const LastCounts& counts, Instant now) {
  Leave(worker, now);
  // Before the end, every worker that goes is one that the roll retired, or one that died.
  const size_t awaited = retiring_.erase(worker) + ended_workers_.erase(worker);
  if (ended_.has_value() && awaited == 0) return false;
  cut_ = cut_.has_value() && counts.cut.has_value() ? std::optional(*cut_ + *counts.cut)
                                                    : std::nullopt;
  record_.handed_over += counts.handed_over;
  return true;
}

std::optional<api::Verdict> RollVerdict::verdict() const {
  if (!ended_.has_value() || !retiring_.empty() || !ended_workers_.empty()) return std::nullopt;
  const bool rolled = ended_->outcome == rollout::Outcome::kRolled;
  std::vector<std::string> reasons = stuck_;
  if (!ended_->reason.empty()) reasons.insert(reasons.begin(), ended_->reason);
  return api::Verdict{.outcome = std::string(rollout::Name(ended_->outcome)),
                      .generation = (rolled ? to_ : from_).value(),
                      .replaced = replaced_,
                      .elapsed = elapsed_,
                      .cut = cut_,
                      .reason = absl::StrJoin(reasons, "; ")};
}

api::RollRecord RollVerdict::Record(const os::TcpCounters& kernel, Instant now) const {
  api::RollRecord record = record_;
  for (const auto& [worker, stay] : stays_) {
    record.phases.push_back(stay.phase);
    record.phases.back().length = now - stay.since;
  }
  std::stable_sort(
      record.phases.begin(), record.phases.end(),
      [](const api::PhaseRecord& a, const api::PhaseRecord& b) { return a.start < b.start; });
  record.verdict = verdict();
  record.kernel.after = kernel;
  return record;
}

}  // namespace rollport::controller
