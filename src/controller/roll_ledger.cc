#include "controller/roll_ledger.h"

#include "base/strings.h"

namespace rollport::controller {

void RollLedger::End(const rollout::RollEnded& ended, const rollout::Fleet& after, Instant now) {
  ended_ = ended;
  elapsed_ = now - began_;
  if (ended.outcome == rollout::Outcome::kRolled) replaced_ = after.open_slots();
  for (const auto& [id, worker] : after.workers) {
    const bool wanted = worker.state == rollout::WorkerState::kServing ||
                        worker.state == rollout::WorkerState::kStarting ||
                        worker.state == rollout::WorkerState::kReady ||
                        worker.state == rollout::WorkerState::kHealthy;
    if (!wanted) retiring_.insert(id);
  }
}

void RollLedger::WorkerGone(WorkerId worker, int64_t cut) {
  // Before the end, every worker that goes is one that the roll retired, or one that died.
  if (!ended_.has_value() || retiring_.erase(worker) > 0) cut_ += cut;
}

std::optional<Verdict> RollLedger::verdict() const {
  if (!ended_.has_value() || !retiring_.empty()) return std::nullopt;
  const bool rolled = ended_->outcome == rollout::Outcome::kRolled;
  return Verdict{.outcome = std::string(rollout::Name(ended_->outcome)),
                 .generation = (rolled ? to_ : from_).value(),
                 .replaced = replaced_,
                 .elapsed = elapsed_,
                 .cut = cut_,
                 .reason = ended_->reason};
}

}  // namespace rollport::controller
