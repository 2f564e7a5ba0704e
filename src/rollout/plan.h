// The plan: which worker is launched, admitted, retired, and when. A pure core: Step() takes what
// has happened and returns what is to be done. No I/O, no clock, no threads; a copyable, comparable
// value.
//
// It is a reconciler. Every slot says which generation it wants; a roll is nothing but the order in
// which slots change their minds, and a revert is all of them changing back. One rule keeps
// connections safe: workers leave the group one after the other. While one is on its way out (from
// QuiesceWorker until ListenersLeft) no other one begins, because the moment in which a listener
// leaves sends some connections by the kernel's hash, and they must not meet a quiesced neighbour.
#ifndef ROLLPORT_ROLLOUT_PLAN_H_
#define ROLLPORT_ROLLOUT_PLAN_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "rollout/action.h"
#include "rollout/event.h"
#include "rollout/policy.h"
#include "rollout/state.h"
#include "rollout/transitions.h"

namespace rollport::rollout {

class Plan {
 public:
  // A fleet that has not begun: the first Step launches all its workers, but for those that it
  // finds (FleetFound).
  // REQUIRES: policy.workers >= 1 and policy.surge >= 1.
  Plan(const Policy& policy, GenerationId generation);

  // REQUIRES: `now` never goes backwards.
  Actions Step(Instant now, const Event& event);
  // When Step(TimePassed) is due at the latest; Never where only events can change anything.
  Instant NextDeadline() const;

  const Fleet& view() const { return fleet_; }
  const Policy& policy() const { return policy_; }
  // What the next roll goes by. The number of workers does not change with it: that is asked for.
  void set_policy(const Policy& policy);

  friend bool operator==(const Plan&, const Plan&) = default;

 private:
  // One step under way: the time, and what has been decided so far.
  struct Turn {
    Instant now;
    Actions actions;
    std::vector<WorkerId> to_quiesce;
    bool changed = false;
    absl::Duration asked_time;  // of WorkerAskedForTime
  };

  // Events (plan.cc).
  void Take(Turn& turn, const Event& event);
  void Stimulate(Turn& turn, WorkerId id, Stimulus stimulus, std::string_view detail);
  void React(Turn& turn, WorkerId id, Reaction reaction, std::string_view detail);
  void CountGood(Turn& turn, WorkerId id);
  void CheckHealthy(Turn& turn, WorkerId id, std::string_view detail);
  void MakeHealthy(Turn& turn, WorkerId id);
  void CountBad(Turn& turn, WorkerId id, std::string_view detail);
  void Recover(Turn& turn, WorkerId id);
  void Suspect(Turn& turn, WorkerId id, std::string_view detail);
  void Accuse(Turn& turn, WorkerId id, std::string_view detail);
  void Extend(Turn& turn, WorkerId id);
  void PassDeadlines(Turn& turn);

  // A fleet that was there before (plan_found.cc).
  void TakeOver(Turn& turn, const FleetFound& found);
  void TakeOver(Turn& turn, const FoundWorker& found);
  void GoOnDraining(Turn& turn, const FoundWorker& found);

  // Failures (plan_failure.cc).
  void Fail(Turn& turn, WorkerId id, std::string_view reason);
  void FailReaped(Turn& turn, WorkerId id, std::string_view reason);
  void Leave(Turn& turn, WorkerId id, std::string_view reason);
  void Forsake(WorkerId id);
  void Dismiss(Turn& turn, WorkerId id, std::string_view reason);
  void Blame(Turn& turn, Worker worker, std::string_view reason);
  void FailRoll(Turn& turn, SlotId slot, std::string reason);
  bool IsOfRoll(const Worker& worker) const;
  void GoBack(Turn& turn, Outcome outcome, std::string reason);
  void GoBack(Turn& turn, Slot& slot);
  absl::Duration Backoff(int failures);

  // Requests (plan_request.cc).
  void RequestRoll(Turn& turn, const RollRequested& request);
  void RequestScale(Turn& turn, int workers);
  void RequestRestart(Turn& turn, SlotId slot);
  bool RefuseChange(Turn& turn);
  void RequestPause(Turn& turn);
  void RequestResume(Turn& turn);
  void RequestAbort(Turn& turn);
  void BeginStop(Turn& turn);

  // The canary (plan_canary.cc).
  bool CanaryAhead() const;
  void RunCanary(Turn& turn);
  void BeginStep(Turn& turn);
  void EndCanary(Turn& turn);
  void GiveCanaryItsShare(std::map<WorkerId, uint32_t>& weights) const;

  // The number of slots (plan_size.cc).
  void Resize(Turn& turn, int workers);
  void Close(Turn& turn, Slot& slot);
  void ForgetClosed();
  bool ClosedSlotsAreEmpty() const;

  // Reconciling (plan_reconcile.cc): decides until there is nothing left to decide.
  void Reconcile(Turn& turn);
  void AdmitHealthy(Turn& turn);
  void RetireDismissed(Turn& turn);
  void PickSlots(Turn& turn);
  void LaunchMissing(Turn& turn);
  WorkerId Launch(Turn& turn, SlotId slot, GenerationId generation);
  bool Awaited(SlotId id) const;
  void EndRoll(Turn& turn);
  void NoteStarted(Turn& turn);
  void ShareOut(Turn& turn);
  bool MayAdmit(const Slot& slot) const;
  bool MayReplace(const Slot& slot) const;
  bool NobodyLeaving() const;
  bool Settled(SlotId id) const;
  bool SlotLeaving(SlotId id) const;
  bool Dismissed(SlotId id) const;

  void Enter(Turn& turn, WorkerId id, WorkerState state, std::string_view reason = "");
  Worker& At(WorkerId id) { return fleet_.workers.at(id); }
  const Worker& At(WorkerId id) const { return fleet_.workers.at(id); }
  Slot& SlotOf(const Worker& worker) { return fleet_.slots[worker.slot.value()]; }

  Policy policy_;
  Fleet fleet_;
};

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_PLAN_H_
