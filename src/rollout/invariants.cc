#include "rollout/invariants.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/sorted_map.h"
#include "base/strings.h"

namespace rollport::rollout {
namespace {

using Broken = std::vector<std::string>;

// A share is given only to a worker that was proven healthy and admitted.
void SharesOnlyToServing(const Fleet& after, Broken& broken) {
  if (after.stopping) return;
  NextFinder workers(after.workers);
  for (const auto& [id, weight] : after.weights) {
    const Worker* const worker = workers.Find(id);
    if (worker == nullptr || !IsAdmitted(worker->state)) {
      broken.push_back(absl::StrCat("worker ", id.value(), " has a share and does not serve"));
    }
    if (weight == 0) broken.push_back(absl::StrCat("worker ", id.value(), " has weight 0"));
  }
}

// Every slot that is served by a healthy worker has a share; if all are unhealthy, each keeps its
// own.
void EveryServedSlotHasAShare(const Fleet& after, Broken& broken) {
  if (after.stopping) return;
  const bool any_healthy = after.HealthySlots() > 0;
  NextFinder weights(after.weights);
  for (const auto& [id, worker] : after.workers) {
    if (!after.Serves(id, worker) || (any_healthy && worker.unhealthy)) continue;
    if (weights.Find(id) == nullptr) {
      broken.push_back(absl::StrCat("slot ", worker.slot.value(), " is served and has no share"));
    }
  }
}

// A canary has exactly its step's share, as long as another worker has the rest.
void TheCanaryHasItsShare(const Fleet& after, Broken& broken) {
  if (after.stopping) return;
  for (const auto& [id, worker] : after.workers) {
    if (worker.state != WorkerState::kCanary) continue;
    if (!after.roll.has_value() || after.roll->canary.empty()) {
      broken.push_back(absl::StrCat("worker ", id.value(), " is a canary without a roll"));
      continue;
    }
    const Roll& roll = *after.roll;
    const CanaryStep& step = roll.canary[std::min(roll.step, roll.canary.size() - 1)];
    if (after.weights.size() > 1 && std::abs(after.ShareOf(id) - step.millionths * 1e-6) > 1e-9) {
      broken.push_back(absl::StrCat("canary ", id.value(), " has a share of ", after.ShareOf(id),
                                    " and not ", step.millionths * 1e-6));
    }
  }
}

// While a canary is tried, every slot keeps its own worker: none is retired for the canary.
void NoWorkerIsRetiredForACanary(const Fleet& before, const Fleet& after, Broken& broken) {
  if (!after.roll.has_value() || !after.roll->trial.has_value()) return;
  for (size_t i = 0; i < after.slots.size() && i < before.slots.size(); ++i) {
    if (before.slots[i].serving.has_value() && after.slots[i].wanted == after.roll->to) {
      broken.push_back(absl::StrCat("slot ", i, " is replaced while a canary is tried"));
    }
  }
}

// A worker begins to serve only after it was healthy, unless it was found serving.
void OnlyTheHealthyAreAdmitted(const Fleet& before, const Actions& actions, const Fleet& after,
                               Broken& broken) {
  NextFinder former(before.workers);
  for (const auto& [id, worker] : after.workers) {
    if (!IsAdmitted(worker.state)) continue;
    const Worker* const was = former.Find(id);
    if (was != nullptr ? IsAdmitted(was->state) : worker.found) continue;
    const bool proven =
        std::any_of(actions.begin(), actions.end(), [id = id](const Action& action) {
          const auto* note = std::get_if<NoteWorker>(&action);
          return note != nullptr && note->worker == id && note->state == WorkerState::kHealthy;
        });
    const bool healthy = was != nullptr && was->state == WorkerState::kHealthy;
    if (!healthy && !proven) {
      broken.push_back(absl::StrCat("worker ", id.value(), " serves and was never healthy"));
    }
  }
}

// A worker that becomes healthy has just answered well; so has one that is given a share.
void TheLastAnswerWasGood(const Fleet& before, const Fleet& after, Broken& broken) {
  NextFinder former(before.workers);
  for (const auto& [id, worker] : after.workers) {
    if (!AwaitsAdmission(worker.state) && worker.state != WorkerState::kServing) continue;
    const Worker* const was = former.Find(id);
    if (was == nullptr || was->state == worker.state) continue;
    if (worker.last_probe != ProbeResult::kGood) {
      broken.push_back(absl::StrCat("worker ", id.value(), " is ", ToAbsl(Name(worker.state)),
                                    " and its last probe was ", ToAbsl(Name(worker.last_probe))));
    }
  }
}

// A roll has succeeded only if its new workers answer, and have answered since they were watched.
void RolledMeansThatItServes(const Fleet& before, const Actions& actions, const Fleet& after,
                             Broken& broken) {
  for (const Action& action : actions) {
    const auto* ended = std::get_if<RollEnded>(&action);
    if (ended == nullptr || ended->outcome != Outcome::kRolled || !before.roll.has_value())
      continue;
    for (const auto& [id, worker] : after.workers) {
      if (!before.roll->HasBrought(id, worker) || !IsAdmitted(worker.state)) continue;
      const Instant watched = before.roll->watch_until;
      if (IsInDoubt(worker) || (!watched.is_never() && worker.good_began < watched)) {
        broken.push_back(absl::StrCat("rolled, and worker ", id.value(), " has not answered"));
      }
    }
  }
}

// A roll that went back has left its generation in no slot.
void GoneBackMeansThatItIsGone(const Actions& actions, const Fleet& after, Broken& broken) {
  if (after.stopping) return;
  for (const Action& action : actions) {
    const auto* ended = std::get_if<RollEnded>(&action);
    if (ended == nullptr || ended->kind != RollKind::kRoll) continue;
    if (ended->outcome != Outcome::kReverted && ended->outcome != Outcome::kAborted) continue;
    if (after.ServedBy(ended->to) > 0) {
      broken.push_back(absl::StrCat(ToAbsl(Name(ended->outcome)), ", and generation ",
                                    ended->to.value(), " serves"));
    }
  }
}

// A predecessor that serves is retired only in the step that admits its replacement.
void RetiredOnlyAfterReplacement(const Fleet& before, const Fleet& after, Broken& broken) {
  if (after.stopping) return;
  NextFinder now(after.workers);
  for (const auto& [id, was] : before.workers) {
    if (!before.Serves(id, was)) continue;
    const Worker* const worker = now.Find(id);
    if (worker == nullptr || worker->state == WorkerState::kServing) continue;  // null: it died
    // A smaller fleet was asked for.
    const auto slot = static_cast<size_t>(was.slot.value());
    if (slot >= after.slots.size() || after.slots[slot].closed) continue;
    // It left by itself.
    if (worker->state == WorkerState::kDraining && !worker->listening) continue;
    if (!after.slots[slot].serving.has_value()) {
      broken.push_back(absl::StrCat("worker ", id.value(), " is retired and slot ", slot,
                                    " has no replacement"));
    }
  }
}

// A worker is told to stop only after it was quiesced, unless the whole fleet stops.
void DrainedOnlyAfterQuiescing(const Fleet& before, const Actions& actions, const Fleet& after,
                               Broken& broken) {
  if (after.stopping) return;
  for (const Action& action : actions) {
    const auto* drain = std::get_if<DrainWorker>(&action);
    if (drain == nullptr) continue;
    const auto was = before.workers.find(drain->worker);
    if (was == before.workers.end() || was->second.state != WorkerState::kQuiescing) {
      broken.push_back(absl::StrCat("worker ", drain->worker.value(), " drains unquiesced"));
    }
  }
}

// Workers leave one after the other, except for hung ones.
void OneLeavesAtATime(const Fleet& after, Broken& broken) {
  if (after.stopping) return;
  const auto leaving = std::count_if(after.workers.begin(), after.workers.end(),
                                     [](const auto& entry) { return HoldsOthersUp(entry.second); });
  if (leaving > 1) broken.push_back(absl::StrCat(leaving, " workers are leaving at once"));
}

// Slots and workers agree on which worker is where.
void SlotsMatchWorkers(const Fleet& after, Broken& broken) {
  for (const auto& [id, worker] : after.workers) {
    const Slot& slot = after.slots[worker.slot.value()];
    const bool trial = after.roll.has_value() && after.roll->trial == id;
    if (IsComing(worker.state) != (slot.next == id || trial) ||
        (worker.state == WorkerState::kServing) != (slot.serving == id)) {
      broken.push_back(absl::StrCat("worker ", id.value(), " is ", ToAbsl(Name(worker.state)),
                                    " and slot ", worker.slot.value(), " does not know"));
    }
  }
}

// No worker is wanted in a closed slot, and closed slots are the last ones.
void ClosedSlotsAreLast(const Fleet& after, Broken& broken) {
  bool closed = false;
  for (size_t i = 0; i < after.slots.size(); ++i) {
    const Slot& slot = after.slots[i];
    if (closed && !slot.closed)
      broken.push_back(absl::StrCat("slot ", i, " is behind a closed one"));
    closed |= slot.closed;
    if (slot.closed && (slot.serving.has_value() || slot.next.has_value())) {
      broken.push_back(absl::StrCat("slot ", i, " is closed and has a worker"));
    }
  }
}

// Every wait for a worker has a deadline; a killed one that does not end is given up.
void WaitsAreBounded(const Fleet& after, Broken& broken) {
  for (const auto& [id, worker] : after.workers) {
    if (IsTimed(worker.state) && worker.deadline.is_never()) {
      broken.push_back(
          absl::StrCat("worker ", id.value(), " may be ", ToAbsl(Name(worker.state)), " for ever"));
    }
  }
}

}  // namespace

std::vector<std::string> BrokenPromises(const Fleet& before, const Actions& actions,
                                        const Fleet& after) {
  Broken broken;
  SharesOnlyToServing(after, broken);
  EveryServedSlotHasAShare(after, broken);
  TheCanaryHasItsShare(after, broken);
  NoWorkerIsRetiredForACanary(before, after, broken);
  OnlyTheHealthyAreAdmitted(before, actions, after, broken);
  TheLastAnswerWasGood(before, after, broken);
  RolledMeansThatItServes(before, actions, after, broken);
  GoneBackMeansThatItIsGone(actions, after, broken);
  RetiredOnlyAfterReplacement(before, after, broken);
  DrainedOnlyAfterQuiescing(before, actions, after, broken);
  OneLeavesAtATime(after, broken);
  SlotsMatchWorkers(after, broken);
  ClosedSlotsAreLast(after, broken);
  WaitsAreBounded(after, broken);
  return broken;
}

}  // namespace rollport::rollout
