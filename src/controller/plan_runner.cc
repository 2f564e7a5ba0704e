#include "controller/plan_runner.h"

#include <utility>
#include <variant>

namespace rollport::controller {

PlanRunner::PlanRunner(os::EventLoop& loop, rollout::Plan plan, CarryOut carry_out)
    : loop_(loop),
      plan_(std::move(plan)),
      carry_out_(std::move(carry_out)),
      held_up_(loop.held_up()),
      pump_(loop),
      deadline_(loop, [this] { Post(rollout::TimePassed{}); }) {}

void PlanRunner::Post(rollout::Event event) {
  queue_.push_back(std::move(event));
  if (queue_.size() == 1 && !pumping_) pump_.Call([this] { Pump(); });
}

void PlanRunner::Pump() {
  pumping_ = true;
  before_steps_();
  while (!queue_.empty()) {
    const rollout::Event event = std::move(queue_.front());
    queue_.pop_front();
    Step(event);
  }
  pumping_ = false;
}

void PlanRunner::Step(const rollout::Event& event) {
  const absl::Duration before_this = std::exchange(held_up_, loop_.held_up());
  if (held_up_ > before_this) plan_.HeldUp(held_up_ - before_this);
  const bool due = deadline_.armed() && deadline_.when() <= loop_.Now();
  if (!due && plan_.TakeRoutine(loop_.Now(), event)) return carry_out_(nullptr, event, {});
  for (const WorkerId id : plan_.Late(loop_.Now())) plan_.set_evidence(id, evidence_(id));
  const rollout::Fleet before = plan_.view();
  const rollout::Actions actions = plan_.Step(loop_.Now(), event);
  carry_out_(&before, event, actions);
  // This process may have been stopped meanwhile (SIGSTOP, a suspended machine) for longer than a
  // worker is given to drain.
  const absl::Duration late = os::EventLoop::ReadNow() - loop_.Now();
  for (const rollout::Action& action : actions) plan_.BeganLater(action, late);
  deadline_.At(plan_.NextDeadline());
}

// A plan is a value, so a copy of it can be stepped; nothing needs undoing.
absl::Status PlanRunner::Refusal(const rollout::Event& request) const {
  rollout::Plan copy = plan_;
  for (const rollout::Action& action : copy.Step(loop_.Now(), request)) {
    const auto* refuse = std::get_if<rollout::Refuse>(&action);
    if (refuse != nullptr) return absl::FailedPreconditionError(refuse->reason);
  }
  return absl::OkStatus();
}

}  // namespace rollport::controller
