#include "controller/accounts/worker_lives.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"

namespace rollport::controller {
namespace {

using exposition::Families;
using rollout::WorkerState;

// In seconds: a quiesce takes some 10 ms, a drain as long as drain_timeout.
const std::vector<double> kPhaseBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                          0.5,   1,      2.5,   5,    10,    30,   60,  300};

void AddSlots(const exposition::Metric& metric, size_t slots,
              const std::map<SlotId, uint64_t>& values, Families* out) {
  for (size_t i = 0; i < slots; ++i) {
    const auto it = values.find(SlotId(static_cast<int64_t>(i)));
    out->Add(metric, {absl::StrCat(i)}, it == values.end() ? 0 : static_cast<double>(it->second));
  }
}

void AddEach(const exposition::Metric& metric, const std::map<std::string, uint64_t>& values,
             Families* out) {
  for (const auto& [label, value] : values) out->Add(metric, {label}, static_cast<double>(value));
}

}  // namespace

WorkerLives::WorkerLives()
    : replacements_({{"admitted", 0}, {"failed", 0}}),
      exits_({{"drained", 0}, {"killed", 0}, {"exited", 0}, {"signal", 0}, {"launch", 0}}) {
  for (const WorkerState state : rollout::kWorkerStates) {
    if (!rollout::IsPhase(state)) continue;
    phases_[state] = {kPhaseBounds, std::vector<uint64_t>(kPhaseBounds.size() + 1), 0};
  }
}

void WorkerLives::Follow(Instant now, const rollout::Event& event, const rollout::Actions& actions,
                         const rollout::Fleet& after) {
  if (const auto* probed = std::get_if<rollout::WorkerProbed>(&event)) {
    const rollout::ProbeResult result = probed->result;
    if (result == rollout::ProbeResult::kGood) {
      ++good_probes_;
    } else if (result != rollout::ProbeResult::kOverdue) {
      ++bad_probes_;
    }
  }
  if (const auto* exited = std::get_if<rollout::WorkerExited>(&event)) End(now, exited->worker);
  if (const auto* found = std::get_if<rollout::FleetFound>(&event)) {
    for (const rollout::FoundWorker& worker : found->workers) {
      const auto now_in = after.workers.find(worker.worker);
      if (now_in == after.workers.end()) continue;
      const WorkerState state = now_in->second.state;
      lives_[worker.worker] = {.slot = worker.slot,
                               .state = state,
                               .since = now,
                               .admitted = rollout::IsAdmitted(state)};
    }
  }
  for (const rollout::Action& action : actions) {
    if (const auto* launch = std::get_if<rollout::LaunchWorker>(&action)) {
      lives_[launch->worker] = {.slot = launch->slot, .since = now, .replacement = after.started};
    } else if (const auto* note = std::get_if<rollout::NoteWorker>(&action)) {
      Enter(now, *note);
    }
  }
}

void WorkerLives::Enter(Instant now, const rollout::NoteWorker& note) {
  const auto it = lives_.find(note.worker);
  const WorkerState state = note.state;
  if (it == lives_.end() || it->second.state == state) return;
  Life& life = it->second;
  if (rollout::IsAdmitted(state)) life.admitted = true;
  if (note.failed) CountFailure(life);
  Time(life, now);
  life.state = state;
  life.since = now;
  if (state == WorkerState::kServing) Decide(life, "admitted");
  if (rollout::IsUnwanted(state)) Decide(life, "failed");
}

void WorkerLives::Time(const Life& life, Instant now) {
  const auto it = phases_.find(life.state);
  if (it == phases_.end()) return;
  const double seconds = absl::ToDoubleSeconds(now - life.since);
  const auto bucket = std::lower_bound(kPhaseBounds.begin(), kPhaseBounds.end(), seconds);
  ++it->second.buckets[static_cast<size_t>(bucket - kPhaseBounds.begin())];
  it->second.sum += seconds;
}

void WorkerLives::Decide(Life& life, const char* outcome) {
  if (!life.replacement || std::exchange(life.decided, true)) return;
  ++replacements_[outcome];
}

// A worker that is found unhealthy while it serves fails too, but is no newcomer any more.
void WorkerLives::CountFailure(Life& life) {
  if (life.admitted || std::exchange(life.failed, true)) return;
  ++newcomers_failed_[life.slot];
}

void WorkerLives::NoteEnd(WorkerId id, SlotId slot, bool killed, const os::ExitStatus& how) {
  Life& life = lives_.try_emplace(id, Life{.slot = slot}).first->second;
  if (std::exchange(life.had_process, true)) return;
  // Decided here, because the plan may hear first that the worker's listeners have left, and takes
  // it for one that stops.
  if (!rollout::IsUnwanted(life.state)) {
    if (life.admitted) {
      ++deaths_[slot];
    } else {
      CountFailure(life);
    }
  }
  if (killed) {
    ++exits_["killed"];
  } else if (rollout::IsUnwanted(life.state) && how.clean()) {
    ++exits_["drained"];
  } else {
    ++exits_[how.signal != 0 ? "signal" : "exited"];
  }
}

void WorkerLives::End(Instant now, WorkerId id) {
  const auto it = lives_.find(id);
  if (it == lives_.end()) return;
  Life& life = it->second;
  // A worker that died on its way to being admitted has not finished its phase.
  if (rollout::IsUnwanted(life.state)) Time(life, now);
  Decide(life, "failed");
  if (!life.had_process) {
    ++exits_["launch"];
    if (!rollout::IsUnwanted(life.state)) CountFailure(life);
  }
  lives_.erase(it);
}

void WorkerLives::ShowRestarts(size_t slots, Families* out) const {
  AddSlots(exposition::kWorkerRestarts, slots, deaths_, out);
}

void WorkerLives::ShowNewcomersFailed(size_t slots, Families* out) const {
  AddSlots(exposition::kNewcomersFailed, slots, newcomers_failed_, out);
}

void WorkerLives::ShowReplacements(Families* out) const {
  AddEach(exposition::kReplacements, replacements_, out);
}

void WorkerLives::ShowPhases(Families* out) const {
  for (const auto& [state, histogram] : phases_) {
    out->Add(exposition::kPhaseDuration, {std::string(rollout::Name(state))}, histogram);
  }
}

void WorkerLives::ShowExits(Families* out) const { AddEach(exposition::kWorkerExits, exits_, out); }

void WorkerLives::ShowProbes(Families* out) const {
  out->Add(exposition::kProbes, {"good"}, static_cast<double>(good_probes_));
  out->Add(exposition::kProbes, {"bad"}, static_cast<double>(bad_probes_));
}

}  // namespace rollport::controller
