#include "rollout/turn.h"

#include <string>
#include <utility>

namespace rollport::rollout {
namespace {

// A killed process is gone in milliseconds; one with hundreds of gigabytes of memory in seconds.
constexpr absl::Duration kKillPatience = absl::Seconds(5);

}  // namespace

Turn::Turn(Instant now, const Policy& policy, Fleet& fleet)
    : now_(now), policy_(policy), fleet_(fleet) {}

void Turn::Do(Action action) { actions_.push_back(std::move(action)); }

Actions Turn::TakeActions() { return std::move(actions_); }

void Turn::Enter(WorkerId id, WorkerState state, std::string_view reason, bool failed) {
  Worker& worker = At(id);
  worker.state = state;
  worker.since = now_;
  worker.deadline = worker.leave_by = worker.probe_at = Instant::Never();
  switch (state) {
    case WorkerState::kStarting:
      worker.deadline = worker.fail_at = now_ + policy_.healthy_deadline;
      break;
    case WorkerState::kReady:
      // A worker that was healthy and is not any more gets a new deadline.
      if (worker.good_probes > 0) worker.fail_at = now_ + policy_.healthy_deadline;
      worker.deadline = worker.fail_at;
      break;
    case WorkerState::kCanary:
    case WorkerState::kServing:
      worker.good_probes = worker.bad_probes = 0;
      worker.served = true;
      break;
    case WorkerState::kQuiescing:
      worker.deadline = now_ + policy_.handshake_timeout;
      worker.queue = {};
      to_quiesce_.push_back(id);
      break;
    case WorkerState::kDraining:
      worker.deadline = now_ + policy_.drain_timeout;
      break;
    case WorkerState::kKilled:
      worker.deadline = now_ + kKillPatience;
      break;
    case WorkerState::kHealthy:
    case WorkerState::kDismissed:
      break;
  }
  changed_ = true;
  Do(NoteWorker{id, state, std::string(reason), failed});
}

}  // namespace rollport::rollout
