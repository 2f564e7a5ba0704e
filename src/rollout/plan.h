// The plan: which worker is launched, admitted and retired, and when. A pure core: Step() takes
// what has happened and returns what is to be done. No I/O, no clock, no threads; a copyable,
// comparable value.
//
// It is a reconciler. Every slot says which generation it wants; a roll is only the order in which
// slots change what they want, and a revert is all of them changing back. The decisions are not
// here: turn.h says which file makes which.
#ifndef ROLLPORT_ROLLOUT_PLAN_H_
#define ROLLPORT_ROLLOUT_PLAN_H_

#include <string>
#include <vector>

#include "base/instant.h"
#include "rollout/action.h"
#include "rollout/event.h"
#include "rollout/policy.h"
#include "rollout/state.h"

namespace rollport::rollout {

class Plan {
 public:
  // A fleet that has not begun: the first Step launches all its workers, except those that it
  // finds (FleetFound).
  // REQUIRES: policy.workers >= 1 and policy.surge >= 1.
  Plan(const Policy& policy, GenerationId generation);

  // REQUIRES: `now` never goes backwards.
  Actions Step(Instant now, const Event& event);
  // Takes a good probe of a worker that serves well, which can change no decision, in a time that
  // does not grow with the fleet. False, and nothing is done, if the event is none.
  // REQUIRES: as above, and now < NextDeadline().
  bool TakeRoutine(Instant now, const Event& event);
  // When Step(TimePassed) is due at the latest; Never if only events can change anything.
  Instant NextDeadline() const;
  // The workers that the next step will fail, if it is at `now` and its event does not save them,
  // because they are not healthy in time.
  std::vector<WorkerId> Late(Instant now) const;
  // What is known of why this worker is not healthy yet; it becomes part of the reason if the
  // worker fails. REQUIRES: the worker is in the fleet.
  void set_evidence(WorkerId id, const std::string& evidence);
  // What this action asks of its worker has begun this much later than the step: the deadline for
  // it begins then too. Nothing, for an action without one.
  void BeganLater(const Action& action, absl::Duration by);

  // For this long nobody looked at the workers. What a worker that is on its way to healthy was
  // given, and what a roll waits for answers, does not run out because of that.
  void HeldUp(absl::Duration time);

  const Fleet& view() const { return fleet_; }
  const Policy& policy() const { return policy_; }
  // The policy from the next step on. Its number of workers is ignored: only requests change that.
  void set_policy(const Policy& policy);

  friend bool operator==(const Plan&, const Plan&) = default;

 private:
  Policy policy_;
  Fleet fleet_;
};

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_PLAN_H_
