// What a plan knows: workers, slots and the roll under way, as plain comparable values.
#ifndef ROLLPORT_ROLLOUT_STATE_H_
#define ROLLPORT_ROLLOUT_STATE_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/sorted_map.h"
#include "base/strong_int.h"

namespace rollport::rollout {

// A worker's life. A worker that has been reaped is no longer in the plan.
enum class WorkerState : uint8_t {
  kStarting,   // launched, and not ready; dark
  kReady,      // says that it can serve, and is being probed; dark
  kHealthy,    // proven, and waits to be admitted; dark
  kCanary,     // proven, and has a share of its own beside its slot's worker
  kServing,    // admitted: has a share, unless it is found unhealthy
  kDismissed,  // not wanted any more, and waits for its turn to be retired; dark
  kQuiescing,  // dark, and still receives what is on its way to it
  kDraining,   // told to stop, or stops by itself: finishes what it holds
  kKilled,     // drain_timeout ran out: sent SIGKILL, and not reaped yet
};
inline constexpr std::array kWorkerStates = {
    WorkerState::kStarting,  WorkerState::kReady,    WorkerState::kHealthy,
    WorkerState::kCanary,    WorkerState::kServing,  WorkerState::kDismissed,
    WorkerState::kQuiescing, WorkerState::kDraining, WorkerState::kKilled};
std::string_view Name(WorkerState state);
// nullopt if no state has this name.
std::optional<WorkerState> StateNamed(std::string_view name);

// The sets of states that decisions go by; each is defined here and nowhere else.
//
// Wanted, and not its slot's worker yet: starting, ready, healthy, canary.
bool IsComing(WorkerState state);
// Proven, and becomes its slot's worker in its turn: healthy, canary.
bool AwaitsAdmission(WorkerState state);
// May have a share: canary, serving.
bool IsAdmitted(WorkerState state);
// Not wanted any more, and on its way out: dismissed, quiescing, draining, killed.
bool IsUnwanted(WorkerState state);
// Told to stop, or stops by itself; it has closed its listeners or is about to: draining, killed.
bool IsStopping(WorkerState state);
// Ends at a deadline if nothing else ends it: starting, ready, quiescing, draining.
bool IsTimed(WorkerState state);
// A phase of a replacement, whose length is measured: every state but serving.
bool IsPhase(WorkerState state);

// What the last probe of a worker has shown. After a bad or silent one, that the next is overdue is
// not noted.
enum class ProbeResult : uint8_t {
  kNone,     // there was none
  kGood,     // it answered well
  kOverdue,  // no answer yet, for longer than this worker usually takes
  kBad,      // it refused, or its answer was not good
  kSilent,   // it has neither accepted nor answered in time
};
std::string_view Name(ProbeResult result);

// The accept queues of a worker that quiesces.
struct AcceptQueue {
  int waiting = 0;       // connections
  bool shrinks = false;  // it has accepted one since
  bool awaited = false;  // nothing else is waited for any more
  friend bool operator==(const AcceptQueue&, const AcceptQueue&) = default;
};

struct Worker {
  SlotId slot;
  GenerationId generation;
  WorkerState state = WorkerState::kStarting;
  Instant since;                        // when it entered `state`
  Instant deadline = Instant::Never();  // when its state runs out of time
  // Draining, with more time than drain_timeout: when its listeners must be closed. Else Never().
  Instant leave_by = Instant::Never();
  // Leaving, and others may be waiting for it: when it is probed again. Else Never().
  Instant probe_at = Instant::Never();
  Instant fail_at = Instant::Never();  // when it must be healthy
  int good_probes = 0;                 // in a row, at most Policy::healthy_after
  int bad_probes = 0;                  // in a row, at most Policy::unhealthy_after
  // Healthy if a good probe began at this time or later: min_healthy_time after the first of the
  // good row began.
  Instant healthy_from = Instant::Never();
  ProbeResult last_probe = ProbeResult::kNone;
  Instant good_began;  // when its last good probe began; the clock's zero without any
  // Serving, but failing its probes: its share goes to others while a replacement is prepared.
  bool unhealthy = false;
  bool served = false;  // has been admitted
  AcceptQueue queue;
  // Its listeners may still be in their groups.
  bool listening = true;
  // Why it is not healthy yet, for people; no decision goes by it. See Plan::set_evidence.
  std::string evidence;
  // Launched by an earlier controller: see FleetFound.
  bool found = false;
  friend bool operator==(const Worker&, const Worker&) = default;
};
// True from the moment a worker is being quiesced until its listeners are out of their groups.
bool IsLeaving(const Worker& worker);
// True if the worker accepts nothing: its last probe got no answer at all, and it is unhealthy or
// has never had a share. It will not close its listeners when it is told to stop.
bool IsHung(const Worker& worker);
// True of a worker that neither waits for others when it leaves nor holds them up, because it is
// known when its listeners leave: it is hung, or has never had a share. See MayRetire.
bool LeavesAlone(const Worker& worker);
// True if the worker is leaving, and not alone: until its listeners have left, no other one begins.
bool HoldsOthersUp(const Worker& worker);
// True if the last probe of a worker that was good before is bad or overdue.
bool IsInDoubt(const Worker& worker);

struct Slot {
  GenerationId wanted;              // of a worker that is launched here
  std::optional<WorkerId> serving;  // the admitted worker: kServing
  // The replacement: kStarting, kReady or kHealthy, or the canary when its last step is over.
  std::optional<WorkerId> next;
  // The serving worker is to be replaced although its generation is the wanted one.
  bool renew = false;
  // Taken out of the fleet. It is forgotten when its last worker is gone.
  bool closed = false;
  int failures = 0;  // deaths in a row
  // Launch no earlier than this; the clock's zero if nothing stands in the way.
  Instant launch_at;
  // While reverting: the former generation has failed here too, and the roll ends without waiting
  // for this slot.
  bool revert_failed = false;
  friend bool operator==(const Slot&, const Slot&) = default;
};

enum class FleetState : uint8_t {
  kStarting,
  kSteady,
  kRolling,
  kPaused,
  kReverting,
  kStopping,
  kStopped
};
inline constexpr std::array kFleetStates = {
    FleetState::kStarting,  FleetState::kSteady,   FleetState::kRolling, FleetState::kPaused,
    FleetState::kReverting, FleetState::kStopping, FleetState::kStopped};
std::string_view Name(FleetState state);

// All three take the same steps: a scaling is a roll to the generation that runs, with another
// number of slots; a restart is a roll of a single slot.
enum class RollKind : uint8_t { kRoll, kScale, kRestart };
std::string_view Name(RollKind kind);

// The canary has this share of all new connections for this long.
struct CanaryStep {
  uint32_t millionths = 0;  // of all new connections: 1 to 999,999
  absl::Duration hold;      // infinite: until ResumeRequested
  friend bool operator==(const CanaryStep&, const CanaryStep&) = default;
};

enum class Outcome : uint8_t {
  kRolled,
  kReverted,
  kAborted,
  kFailed,  // it was to go back, and a slot is still served by the generation that failed
};
std::string_view Name(Outcome outcome);
// nullopt if there is none of that name.
std::optional<Outcome> OutcomeNamed(std::string_view name);

struct Roll {
  RollKind kind = RollKind::kRoll;
  GenerationId from;
  GenerationId to;
  int workers_before = 0;  // open slots when it began
  int workers = 0;         // open slots when it has succeeded
  SlotId only;             // of a restart

  // Before the first slot is replaced. The canary belongs to slot 0, which keeps its worker.
  std::vector<CanaryStep> canary;
  size_t step = 0;         // the step that is or will be in force; canary.size(): all are over
  bool step_over = false;  // its time is up, and the next step waits for a pause to end
  std::optional<WorkerId> trial;  // the canary, from its launch until it is slot 0's `next`

  // Every slot is as the roll wants it, and new workers are watched until then; Never() before.
  Instant watch_until = Instant::Never();
  // The roll waits for good answers of new workers, and fails if they have not come by then;
  // Never() if it does not wait for any.
  Instant answer_until = Instant::Never();

  bool paused = false;
  // Set if it goes back: the outcome that it will end with.
  std::optional<Outcome> reverting;
  std::string reason;  // why it is paused or reverting
  Instant began;
  int64_t last_old = 0;  // workers with higher numbers were launched in the course of the roll

  // True of a worker that would not be there without the roll, which is judged by it. A worker that
  // is launched meanwhile in the place of a dead one says nothing about the roll.
  bool HasBrought(WorkerId id, const Worker& worker) const;
  friend bool operator==(const Roll&, const Roll&) = default;
};

// The weights of those workers that have a share: weight / sum of weights.
using Weights = SortedMap<WorkerId, uint32_t>;

struct Fleet {
  GenerationId generation;  // what the whole fleet runs, or goes back to
  SortedMap<WorkerId, Worker> workers;
  std::vector<Slot> slots;  // by SlotId; closed ones only at the end
  std::optional<Roll> roll;
  Weights weights;            // the shares in force
  bool started = false;       // every slot has been served, or some are and the rest have failed
  bool ever_healthy = false;  // some worker has been healthy
  bool stopping = false;
  bool stopped = false;
  bool more_to_launch = false;  // in the next step, at once
  int64_t last_worker = 0;
  uint64_t random = 1;  // state of the jitter's generator
  friend bool operator==(const Fleet&, const Fleet&) = default;

  FleetState state() const;
  // 0 to 1; 0 for a dark worker.
  double ShareOf(WorkerId worker) const;
  uint64_t TotalWeight() const;
  // How many slots are served by a healthy worker of this generation.
  int ServedBy(GenerationId wanted) const;
  int open_slots() const;
  // How many slots are served by a healthy worker.
  int HealthySlots() const;
  // True of a fleet that has served, and does not any more.
  bool NobodyIsServed() const { return started && HealthySlots() == 0; }
  // True if a worker is leaving: HoldsOthersUp.
  bool AnyLeaving() const;
  // True if a worker of this slot waits for its turn to be retired.
  bool AnyDismissed(SlotId slot) const;
  // By slot: true if it is served by a healthy worker of the generation that it wants, and nothing
  // is on its way in or out, but for what leaves alone.
  std::vector<bool> Settled() const;
  // True if this worker of the fleet is its slot's `serving`.
  bool Serves(WorkerId id, const Worker& worker) const;
};

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_STATE_H_
