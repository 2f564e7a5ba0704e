#include "rollout/reactions.h"

#include <vector>

#include "rollout/canary.h"
#include "rollout/failure.h"
#include "rollout/health.h"
#include "rollout/retirement.h"

namespace rollport::rollout {
namespace {

void StartProbes(Turn& turn, WorkerId id) {
  turn.Enter(id, WorkerState::kReady);
  turn.Do(ProbeWorker{id});
}

void React(Turn& turn, WorkerId id, Reaction reaction, const News& news) {
  switch (reaction) {
    case Reaction::kNothing:
    case Reaction::kNoteLeft:
      return;
    case Reaction::kStartProbes:
      return StartProbes(turn, id);
    case Reaction::kCountGood:
      return CountGood(turn, id);
    case Reaction::kCountBad:
      return CountBad(turn, id, news.detail);
    case Reaction::kRecover:
      return Recover(turn, id);
    case Reaction::kSuspect:
      return Suspect(turn, id, news.detail);
    case Reaction::kCheckTime:
      return CheckTime(turn, id);
    case Reaction::kAccuse:
      return Accuse(turn, id, news.detail);
    case Reaction::kEndStep:
      return EndStep(turn, id);
    case Reaction::kFail:
      if (news.stimulus == Stimulus::kDeadline) return FailLate(turn, id, "was not ready in time");
      return Fail(turn, id, news.detail);
    case Reaction::kLeave:
      return Leave(turn, id, news.detail);
    case Reaction::kDrain:
      return Drain(turn, id);
    case Reaction::kNoteQueue:
      return NoteQueue(turn, id, news.waiting);
    case Reaction::kExtend:
      return Extend(turn, id, news.time);
    case Reaction::kKill:
      return Kill(turn, id);
    case Reaction::kGiveUp:
      return GiveUp(turn, id);
    case Reaction::kFailReaped:
      return FailReaped(turn, id, news.detail);
    case Reaction::kReap:
      turn.fleet().workers.erase(id);
      return;
  }
}

}  // namespace

void Stimulate(Turn& turn, WorkerId id, const News& news) {
  const auto it = turn.fleet().workers.find(id);
  if (it == turn.fleet().workers.end()) return;
  const Reaction reaction = ReactionOf(it->second.state, news.stimulus);
  if (news.stimulus == Stimulus::kLeft && reaction != Reaction::kNothing) {
    it->second.listening = false;
    it->second.probe_at = Instant::Never();
  }
  React(turn, id, reaction, news);
}

void PassDeadlines(Turn& turn) {
  const auto& workers = turn.fleet().workers;
  std::vector<WorkerId> due;
  for (const auto& [id, worker] : workers) {
    if (worker.leave_by <= turn.now()) HaveItLeave(turn, id);
    if (worker.probe_at <= turn.now()) LookWhetherItHangs(turn, id);
    if (worker.deadline <= turn.now()) due.push_back(id);
  }
  for (const WorkerId id : due) {
    // A deadline that passed for one worker may have changed another worker's.
    const auto it = workers.find(id);
    if (it == workers.end() || it->second.deadline > turn.now()) continue;
    Stimulate(turn, id, {.stimulus = Stimulus::kDeadline});
  }
}

}  // namespace rollport::rollout
