// Steps the plan, one event at a time.
//
// Everything that happens becomes a rollout::Event in one queue, which is emptied at the end of a
// turn of the loop, so that no decision is made in the middle of another.
#ifndef ROLLPORT_CONTROLLER_PLAN_RUNNER_H_
#define ROLLPORT_CONTROLLER_PLAN_RUNNER_H_

#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/strong_int.h"
#include "os/deferred.h"
#include "os/event_loop.h"
#include "rollout/plan.h"

namespace rollport::controller {

class PlanRunner {
 public:
  // Carries out the actions of one step. The plan has taken the step already; `before` is the fleet
  // before it, or null if no decision was due (Plan::TakeRoutine).
  using CarryOut = std::function<void(const rollout::Fleet* before, const rollout::Event& event,
                                      const rollout::Actions& actions)>;
  // `loop` is borrowed.
  PlanRunner(os::EventLoop& loop, rollout::Plan plan, CarryOut carry_out);

  // `evidence` is asked why a worker is not healthy yet, before it fails for being late.
  void set_evidence(std::function<std::string(WorkerId)> evidence) {
    evidence_ = std::move(evidence);
  }

  // `before_steps` is called before the steps at the end of a turn, and may post more events.
  void set_before_steps(std::function<void()> before_steps) {
    before_steps_ = std::move(before_steps);
  }

  const rollout::Plan& plan() const { return plan_; }
  const rollout::Fleet& fleet() const { return plan_.view(); }
  void set_policy(const rollout::Policy& policy) { plan_.set_policy(policy); }

  // Steps the plan at the end of this turn, after the events that were posted before.
  void Post(rollout::Event event);
  // Steps the plan now. REQUIRES: not called while actions are carried out.
  void Step(const rollout::Event& event);
  // kFailedPrecondition, and why, if the plan would refuse this request. Nothing changes.
  absl::Status Refusal(const rollout::Event& request) const;

 private:
  void Pump();

  os::EventLoop& loop_;
  rollout::Plan plan_;
  const CarryOut carry_out_;
  std::function<std::string(WorkerId)> evidence_ = [](WorkerId) { return std::string(); };
  std::function<void()> before_steps_ = [] {};
  std::deque<rollout::Event> queue_;
  bool pumping_ = false;
  absl::Duration held_up_;  // of the loop, as the plan knows it
  os::Deferred pump_;
  os::Timer deadline_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PLAN_RUNNER_H_
