#include "controller/accounts/fleet_meters.h"

#include <algorithm>
#include <utility>

namespace rollport::controller {
namespace {

using rollout::WorkerState;

// In seconds: a quiesce takes some 10 ms, a drain as long as drain_timeout.
const std::vector<double> kPhaseBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                          0.5,   1,      2.5,   5,    10,    30,   60,  300};

}  // namespace

FleetMeters::FleetMeters(const WorkerTable& workers, api::EventLog& events)
    : workers_(workers),
      rolls_({{"rolled", 0}, {"reverted", 0}, {"aborted", 0}, {"refused", 0}}),
      replacements_({{"admitted", 0}, {"failed", 0}}),
      exits_({{"drained", 0}, {"killed", 0}, {"exited", 0}, {"signal", 0}, {"launch", 0}}),
      subscription_(events.Subscribe([this](const api::FleetEvent& event) { OnEvent(event); })) {
  for (const WorkerState state : rollout::kWorkerStates) {
    if (!rollout::IsPhase(state)) continue;
    phases_[state] = {kPhaseBounds, std::vector<uint64_t>(kPhaseBounds.size() + 1), 0};
  }
}

void FleetMeters::OnEvent(const api::FleetEvent& event) {
  broken_promises_ += event.kind == api::event_kind::kPromiseBroken;
}

void FleetMeters::RollEnded(const api::RollRecord& roll, absl::Time at) {
  ++rolls_[roll.verdict->outcome];
  last_roll_ = roll;
  last_roll_.phases.clear();
  last_roll_ended_ = at;
}

void FleetMeters::Follow(Instant now, const rollout::Event& event, const rollout::Actions& actions,
                         const rollout::Fleet& after) {
  if (const auto* probed = std::get_if<rollout::WorkerProbed>(&event)) {
    ++(probed->good ? good_probes_ : bad_probes_);
  }
  if (const auto* exited = std::get_if<rollout::WorkerExited>(&event)) OnExit(now, exited->worker);
  if (const auto* found = std::get_if<rollout::FleetFound>(&event)) {
    for (const rollout::FoundWorker& worker : found->workers) {
      const auto now_in = after.workers.find(worker.worker);
      if (now_in == after.workers.end()) continue;
      lives_[worker.worker] = {.slot = worker.slot, .state = now_in->second.state, .since = now};
    }
  }
  for (const rollout::Action& action : actions) {
    if (const auto* launch = std::get_if<rollout::LaunchWorker>(&action)) {
      lives_[launch->worker] = {.slot = launch->slot, .since = now, .replacement = after.started};
    } else if (const auto* note = std::get_if<rollout::NoteWorker>(&action)) {
      Enter(now, note->worker, note->state);
    }
  }
}

void FleetMeters::Enter(Instant now, WorkerId id, WorkerState state) {
  const auto it = lives_.find(id);
  if (it == lives_.end() || it->second.state == state) return;
  Life& life = it->second;
  Time(life, now);
  life.state = state;
  life.since = now;
  if (state == WorkerState::kServing) Decide(life, "admitted");
  if (rollout::IsUnwanted(state)) Decide(life, "failed");
}

void FleetMeters::Time(const Life& life, Instant now) {
  const auto it = phases_.find(life.state);
  if (it == phases_.end()) return;
  const double seconds = absl::ToDoubleSeconds(now - life.since);
  const auto bucket = std::lower_bound(kPhaseBounds.begin(), kPhaseBounds.end(), seconds);
  ++it->second.buckets[static_cast<size_t>(bucket - kPhaseBounds.begin())];
  it->second.sum += seconds;
}

void FleetMeters::Decide(Life& life, const char* outcome) {
  if (!life.replacement || std::exchange(life.decided, true)) return;
  ++replacements_[outcome];
}

void FleetMeters::OnExit(Instant now, WorkerId id) {
  const auto it = lives_.find(id);
  if (it == lives_.end()) return;
  Life& life = it->second;
  // What died on its way has not finished its phase.
  if (rollout::IsUnwanted(life.state)) Time(life, now);
  Decide(life, "failed");
  if (!life.buried) ++exits_["launch"];
  if (!rollout::IsUnwanted(life.state)) ++slots_[life.slot].restarts;
  lives_.erase(it);
}

void FleetMeters::Bury(const WorkerProcess& worker, const os::ExitStatus& how) {
  metrics::PageCounts counts = Read(worker);
  // As the roll's verdict counts them: what was under way when the drain's time was up.
  if (worker.killed() && worker.page().InUse()) {
    counts.connections_cut += worker.page()->requests_open.Get();
  }
  dead_.Add(counts);
  SlotTotals& slot = slots_[worker.slot()];
  slot.requests += counts.measured();
  slot.nanos += counts.latency_nanos;
  int64_t unreadable = 0;
  user_.Bury({worker.generation().value(), metrics::ReadUserSeries(worker.page(), &unreadable)});

  const auto life = lives_.find(worker.id());
  bool told = false;
  if (life != lives_.end()) {
    life->second.buried = true;
    told = rollout::IsUnwanted(life->second.state);
  }
  if (worker.killed()) {
    ++exits_["killed"];
  } else if (told && how.clean()) {
    ++exits_["drained"];
  } else {
    ++exits_[how.signal != 0 ? "signal" : "exited"];
  }
}

const metrics::PageCounts& FleetMeters::Read(const WorkerProcess& worker) {
  Life& life = lives_.try_emplace(worker.id(), Life{.slot = worker.slot()}).first->second;
  life.counts.RaiseTo(metrics::ReadCounts(worker.page()));
  return life.counts;
}

metrics::PageCounts FleetMeters::Totals() {
  metrics::PageCounts sum = dead_;
  for (const auto& [id, worker] : workers_.all()) {
    if (const auto life = lives_.find(id); life != lives_.end() && life->second.buried) continue;
    sum.Add(Read(*worker));
  }
  return sum;
}

}  // namespace rollport::controller
