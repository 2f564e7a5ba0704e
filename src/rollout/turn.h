// One step of a plan under way: the time, the fleet as it has been decided so far, and the actions
// that have been decided on. Each decision is a function over a Turn, in a file that is named after
// what it decides.
//
// Called by plan.cc, to take in what has happened:
//   reactions   what news of a worker does to it
//   health      whether a worker is healthy
//   failure     what a failure costs
//   backoff     how long a slot's next launch waits after failures
//   revert      when a roll goes back, and how
//   requests    what people may ask for
//   stop        how the fleet stops
//   found       what becomes of workers that were found
//
// Called by reconcile.cc, again and again, until there is nothing left to decide:
//   worker_admission  which worker gets a share, and when
//   retirement        which worker leaves, and when
//   canary            the steps of a canary
//   roll_order        which slots are replaced now
//   watch             whether the new workers of a roll still serve
//   launch            which slot gets a new worker
//   roll_end          when a roll has ended
//   resize            how the number of slots changes
//   shares            which worker has which share
#ifndef ROLLPORT_ROLLOUT_TURN_H_
#define ROLLPORT_ROLLOUT_TURN_H_

#include <string_view>
#include <vector>

#include "base/instant.h"
#include "rollout/action.h"
#include "rollout/policy.h"
#include "rollout/state.h"

namespace rollport::rollout {

class Turn {
 public:
  // Changes `fleet` in place; both must outlive the turn.
  Turn(Instant now, const Policy& policy, Fleet& fleet);
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  Instant now() const { return now_; }
  const Policy& policy() const { return policy_; }
  Fleet& fleet() { return fleet_; }
  // REQUIRES: the worker is in the fleet.
  Worker& At(WorkerId id) { return fleet_.workers.at(id); }
  Slot& SlotOf(const Worker& worker) { return fleet_.slots[worker.slot.value()]; }

  // Adds an action to those that the shell will carry out.
  void Do(Action action);
  // Puts the worker into this state, with the state's deadline, and notes it. `failed`: see
  // NoteWorker.
  void Enter(WorkerId id, WorkerState state, std::string_view reason = "", bool failed = false);
  // Workers that have entered kQuiescing in this turn, to be quiesced once their share is gone.
  const std::vector<WorkerId>& to_quiesce() const { return to_quiesce_; }

  // True if something has changed that another decision may depend on.
  bool changed() const { return changed_; }
  void set_changed(bool changed) { changed_ = changed; }

  // Workers that have been launched in this turn.
  int launched() const { return launched_; }
  void NoteLaunched() { ++launched_; }

  // Ends the turn.
  Actions TakeActions();

 private:
  Instant now_;
  const Policy& policy_;
  Fleet& fleet_;
  Actions actions_;
  std::vector<WorkerId> to_quiesce_;
  bool changed_ = false;
  int launched_ = 0;
};

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_TURN_H_
