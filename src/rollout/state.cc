#include "rollout/state.h"

#include <algorithm>

namespace rollport::rollout {

std::string_view Name(WorkerState state) {
  switch (state) {
    case WorkerState::kStarting:
      return "starting";
    case WorkerState::kReady:
      return "ready";
    case WorkerState::kHealthy:
      return "healthy";
    case WorkerState::kCanary:
      return "canary";
    case WorkerState::kServing:
      return "serving";
    case WorkerState::kDismissed:
      return "dismissed";
    case WorkerState::kQuiescing:
      return "quiescing";
    case WorkerState::kDraining:
      return "draining";
    case WorkerState::kKilled:
      return "killed";
  }
  return "?";
}

std::optional<WorkerState> StateNamed(std::string_view name) {
  const auto* const it = std::find_if(kWorkerStates.begin(), kWorkerStates.end(),
                                      [name](WorkerState state) { return Name(state) == name; });
  if (it == kWorkerStates.end()) return std::nullopt;
  return *it;
}

bool IsComing(WorkerState state) {
  return state == WorkerState::kStarting || state == WorkerState::kReady ||
         state == WorkerState::kHealthy || state == WorkerState::kCanary;
}

bool AwaitsAdmission(WorkerState state) {
  return state == WorkerState::kHealthy || state == WorkerState::kCanary;
}

bool IsAdmitted(WorkerState state) {
  return state == WorkerState::kCanary || state == WorkerState::kServing;
}

bool IsUnwanted(WorkerState state) {
  return state == WorkerState::kDismissed || state == WorkerState::kQuiescing || IsStopping(state);
}

bool IsStopping(WorkerState state) {
  return state == WorkerState::kDraining || state == WorkerState::kKilled;
}

bool IsTimed(WorkerState state) {
  return state == WorkerState::kStarting || state == WorkerState::kReady ||
         state == WorkerState::kQuiescing || state == WorkerState::kDraining;
}

bool IsPhase(WorkerState state) { return state != WorkerState::kServing; }

std::string_view Name(ProbeResult result) {
  switch (result) {
    case ProbeResult::kNone:
      return "none";
    case ProbeResult::kGood:
      return "good";
    case ProbeResult::kOverdue:
      return "overdue";
    case ProbeResult::kBad:
      return "bad";
    case ProbeResult::kSilent:
      return "silent";
  }
  return "?";
}

bool IsHung(const Worker& worker) {
  return worker.last_probe == ProbeResult::kSilent && (worker.unhealthy || !worker.served);
}

bool LeavesAlone(const Worker& worker) { return IsHung(worker) || !worker.served; }

bool HoldsOthersUp(const Worker& worker) { return IsLeaving(worker) && !LeavesAlone(worker); }

bool IsInDoubt(const Worker& worker) {
  return worker.last_probe != ProbeResult::kNone && worker.last_probe != ProbeResult::kGood;
}

bool IsLeaving(const Worker& worker) {
  return worker.state == WorkerState::kQuiescing || (IsStopping(worker.state) && worker.listening);
}

std::string_view Name(FleetState state) {
  switch (state) {
    case FleetState::kStarting:
      return "starting";
    case FleetState::kSteady:
      return "steady";
    case FleetState::kRolling:
      return "rolling";
    case FleetState::kPaused:
      return "paused";
    case FleetState::kReverting:
      return "reverting";
    case FleetState::kStopping:
      return "stopping";
    case FleetState::kStopped:
      return "stopped";
  }
  return "?";
}

std::string_view Name(RollKind kind) {
  switch (kind) {
    case RollKind::kRoll:
      return "roll";
    case RollKind::kScale:
      return "scale";
    case RollKind::kRestart:
      return "restart";
  }
  return "?";
}

std::string_view Name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRolled:
      return "rolled";
    case Outcome::kReverted:
      return "reverted";
    case Outcome::kAborted:
      return "aborted";
    case Outcome::kFailed:
      return "failed";
  }
  return "?";
}

std::optional<Outcome> OutcomeNamed(std::string_view name) {
  for (const Outcome outcome :
       {Outcome::kRolled, Outcome::kReverted, Outcome::kAborted, Outcome::kFailed}) {
    if (name == Name(outcome)) return outcome;
  }
  return std::nullopt;
}

bool Roll::HasBrought(WorkerId id, const Worker& worker) const {
  switch (kind) {
    case RollKind::kRoll:
      return worker.generation == to;
    case RollKind::kScale:
      return worker.slot.value() >= workers_before;
    case RollKind::kRestart:
      return worker.slot == only && id.value() > last_old;
  }
  return false;
}

FleetState Fleet::state() const {
  if (stopping) return stopped ? FleetState::kStopped : FleetState::kStopping;
  if (!started) return FleetState::kStarting;
  if (!roll.has_value()) return FleetState::kSteady;
  if (roll->reverting.has_value()) return FleetState::kReverting;
  return roll->paused ? FleetState::kPaused : FleetState::kRolling;
}

double Fleet::ShareOf(WorkerId worker) const {
  const auto it = weights.find(worker);
  if (it == weights.end()) return 0;
  return static_cast<double>(it->second) / static_cast<double>(TotalWeight());
}

uint64_t Fleet::TotalWeight() const {
  uint64_t sum = 0;
  for (const auto& [id, weight] : weights) sum += weight;
  return sum;
}

int Fleet::ServedBy(GenerationId wanted) const {
  return static_cast<int>(std::ranges::count_if(workers, [&](const auto& entry) {
    const auto& [id, worker] = entry;
    return Serves(id, worker) && worker.generation == wanted && !worker.unhealthy;
  }));
}

int Fleet::open_slots() const {
  return static_cast<int>(
      std::count_if(slots.begin(), slots.end(), [](const Slot& slot) { return !slot.closed; }));
}

int Fleet::HealthySlots() const {
  return static_cast<int>(std::ranges::count_if(workers, [this](const auto& entry) {
    return Serves(entry.first, entry.second) && !entry.second.unhealthy;
  }));
}

bool Fleet::AnyLeaving() const {
  return std::any_of(workers.begin(), workers.end(),
                     [](const auto& entry) { return HoldsOthersUp(entry.second); });
}

bool Fleet::AnyDismissed(SlotId slot) const {
  return std::any_of(workers.begin(), workers.end(), [slot](const auto& entry) {
    return entry.second.slot == slot && entry.second.state == WorkerState::kDismissed;
  });
}

std::vector<bool> Fleet::Settled() const {
  std::vector<bool> settled(slots.size(), false);
  for (const auto& [id, worker] : workers) {
    const Slot& slot = slots[worker.slot.value()];
    if (!Serves(id, worker) || slot.next.has_value() || slot.renew) continue;
    settled[worker.slot.value()] = worker.generation == slot.wanted && !worker.unhealthy;
  }
  for (const auto& [id, worker] : workers) {
    if (HoldsOthersUp(worker)) settled[worker.slot.value()] = false;
  }
  return settled;
}

bool Fleet::Serves(WorkerId id, const Worker& worker) const {
  return slots[worker.slot.value()].serving == id;
}

}  // namespace rollport::rollout
