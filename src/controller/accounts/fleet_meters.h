// Keeps count of a fleet: adds the dead to the living, times the phases of replacements, and
// remembers how rolls ended. It is told of every step of the plan and of every worker's end, and
// listens to the events; it decides nothing.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_FLEET_METERS_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_FLEET_METERS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "api/event_log.h"
#include "api/fleet_control.h"
#include "base/instant.h"
#include "base/strong_int.h"
#include "controller/process/worker_table.h"
#include "exposition/families.h"
#include "metrics/page_counts.h"
#include "metrics/user_totals.h"
#include "os/child.h"
#include "rollout/action.h"
#include "rollout/event.h"
#include "rollout/state.h"

namespace rollport::controller {

class FleetMeters {
 public:
  // Both are borrowed.
  FleetMeters(const WorkerTable& workers, api::EventLog& events);

  // After each step of the plan.
  void Follow(Instant now, const rollout::Event& event, const rollout::Actions& actions,
              const rollout::Fleet& after);
  // The worker has ended, and is about to be forgotten. REQUIRES: the plan is told afterwards.
  void Bury(const WorkerProcess& worker, const os::ExitStatus& how);
  void RollRefused() { ++rolls_["refused"]; }
  // A roll has its verdict. REQUIRES: `roll` has it.
  void RollEnded(const api::RollRecord& roll, absl::Time at);

  // All that the workers have counted so far, the dead ones too.
  metrics::PageCounts Totals();
  // What this knows, as series of a fleet of so many slots.
  void Show(size_t slots, exposition::Families* out);
  // What user code counts.
  void ShowUser(exposition::Families* out);

 private:
  // A worker from its launch to its exit.
  struct Life {
    SlotId slot;
    rollout::WorkerState state = rollout::WorkerState::kStarting;
    Instant since;
    bool replacement = false;  // launched after the fleet had started
    bool decided = false;      // as a replacement: counted as admitted or failed
    bool buried = false;
    metrics::PageCounts counts;  // as they were read last
  };
  struct SlotTotals {
    uint64_t requests = 0;
    uint64_t nanos = 0;
    uint64_t restarts = 0;
  };
  void OnEvent(const api::FleetEvent& event);
  void Enter(Instant now, WorkerId id, rollout::WorkerState state);
  void OnExit(Instant now, WorkerId id);
  void Time(const Life& life, Instant now);
  void Decide(Life& life, const char* outcome);
  // Reads the page of a living worker.
  const metrics::PageCounts& Read(const WorkerProcess& worker);
  void ShowSlots(size_t slots, exposition::Families* out);
  void ShowPhases(exposition::Families* out) const;
  void ShowLastRoll(exposition::Families* out) const;
  void ShowRequests(exposition::Families* out);

  const WorkerTable& workers_;
  std::map<WorkerId, Life> lives_;
  metrics::PageCounts dead_;
  std::map<SlotId, SlotTotals> slots_;
  metrics::UserTotals user_;
  std::map<std::string, uint64_t> rolls_;
  std::map<std::string, uint64_t> replacements_;
  std::map<std::string, uint64_t> exits_;
  std::map<rollout::WorkerState, exposition::HistogramValue> phases_;
  uint64_t good_probes_ = 0;
  uint64_t bad_probes_ = 0;
  uint64_t broken_promises_ = 0;
  api::RollRecord last_roll_{.verdict = api::Verdict()};  // of number 0 where there was none
  absl::Time last_roll_ended_ = absl::UnixEpoch();
  api::EventLog::Subscription subscription_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_FLEET_METERS_H_
