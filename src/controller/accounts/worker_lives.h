// Follows each worker from its launch to its end: how long it was in each phase, whether it was
// admitted as a replacement, how its probes went, and how it ended.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_WORKER_LIVES_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_WORKER_LIVES_H_

#include <cstdint>
#include <map>
#include <string>

#include "base/instant.h"
#include "base/strong_int.h"
#include "exposition/families.h"
#include "os/child.h"
#include "rollout/action.h"
#include "rollout/event.h"
#include "rollout/state.h"

namespace rollport::controller {

class WorkerLives {
 public:
  WorkerLives();

  // After each step of the plan; `after` is the fleet from then on.
  void Follow(Instant now, const rollout::Event& event, const rollout::Actions& actions,
              const rollout::Fleet& after);
  // The worker's process has ended. `killed`: by the controller. REQUIRES: Follow() is not told of
  // the WorkerExited of this worker before.
  void NoteEnd(WorkerId worker, SlotId slot, bool killed, const os::ExitStatus& how);

  // Each adds what its name says. `slots`: how many slots the fleet has.
  void ShowRestarts(size_t slots, exposition::Families* out) const;
  void ShowNewcomersFailed(size_t slots, exposition::Families* out) const;
  void ShowReplacements(exposition::Families* out) const;
  void ShowPhases(exposition::Families* out) const;
  void ShowExits(exposition::Families* out) const;
  void ShowProbes(exposition::Families* out) const;

 private:
  struct Life {
    SlotId slot;
    rollout::WorkerState state = rollout::WorkerState::kStarting;
    Instant since;
    bool replacement = false;  // launched after the fleet had started
    bool decided = false;      // as a replacement: counted as admitted or failed
    bool had_process = false;  // and its end is counted
    bool admitted = false;     // has had a share
    bool failed = false;       // without having been admitted: counted as such
  };
  void Enter(Instant now, const rollout::NoteWorker& note);
  void End(Instant now, WorkerId id);
  void Time(const Life& life, Instant now);
  void Decide(Life& life, const char* outcome);
  void CountFailure(Life& life);

  std::map<WorkerId, Life> lives_;
  std::map<std::string, uint64_t> replacements_;
  std::map<std::string, uint64_t> exits_;
  std::map<SlotId, uint64_t> deaths_;            // of workers that have had a share
  std::map<SlotId, uint64_t> newcomers_failed_;  // the others
  std::map<rollout::WorkerState, exposition::HistogramValue> phases_;
  uint64_t good_probes_ = 0;
  uint64_t bad_probes_ = 0;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_WORKER_LIVES_H_
