// Drives a plan by hand, and checks every promise after every step.
#ifndef ROLLPORT_TESTS_ROLLOUT_SCENARIO_H_
#define ROLLPORT_TESTS_ROLLOUT_SCENARIO_H_

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "rollout/invariants.h"
#include "rollout/plan.h"
#include "rollout/trace.h"

namespace rollport::rollout {

class Scenario {
 public:
  explicit Scenario(const Policy& policy) : plan(policy, GenerationId(1)) {}

  // The actions of the step, except for NoteWorker.
  std::vector<std::string> Do(const Event& event) {
    const Fleet before = plan.view();
    const Actions actions = plan.Step(now, event);
    for (const std::string& broken : BrokenPromises(before, actions, plan.view())) {
      ADD_FAILURE() << broken << " after " << ToString(event) << "\n" << ToString(plan.view(), now);
    }
    std::vector<std::string> out;
    for (const Action& action : actions) {
      if (!std::holds_alternative<NoteWorker>(action)) out.push_back(ToString(action));
    }
    return out;
  }
  std::vector<std::string> Pass(absl::Duration time) {
    now = now + time;
    return Do(TimePassed{});
  }
  // To the next deadline.
  std::vector<std::string> PassToDeadline() {
    now = std::max(now, plan.NextDeadline());
    return Do(TimePassed{});
  }
  // Brings a worker from starting to healthy: a good probe, min_healthy_time, and another one.
  std::vector<std::string> BecomeHealthy(int64_t id) {
    Do(WorkerBecameReady{WorkerId(id)});
    std::vector<std::string> out = Do(WorkerProbed{WorkerId(id), ProbeResult::kGood});
    if (plan.policy().min_healthy_time == absl::ZeroDuration()) return out;
    Pass(plan.policy().min_healthy_time);
    return Do(WorkerProbed{WorkerId(id), ProbeResult::kGood});
  }
  // Leads a quiescing worker to its end.
  std::vector<std::string> Retire(int64_t id) {
    std::vector<std::string> out = Do(WorkerQuiesced{WorkerId(id)});
    for (const Event& event :
         {Event(ListenersLeft{WorkerId(id)}), Event(WorkerExited{WorkerId(id), "exited"})}) {
      for (std::string& line : Do(event)) out.push_back(std::move(line));
    }
    return out;
  }
  // Starts every worker, until all serve.
  void Start() {
    Do(TimePassed{});
    for (int i = 1; i <= plan.policy().workers; ++i) {
      Do(WorkerBecameReady{WorkerId(i)});
      Do(WorkerProbed{WorkerId(i), ProbeResult::kGood});
    }
    Pass(plan.policy().min_healthy_time);
    for (int i = 1; i <= plan.policy().workers; ++i) {
      Do(WorkerProbed{WorkerId(i), ProbeResult::kGood});
    }
  }

  Plan plan;
  Instant now = Instant::FromNanos(1'000'000'000);
};

inline Policy SmallPolicy(int workers) {
  Policy policy;
  policy.workers = workers;
  policy.healthy_after = 1;
  policy.unhealthy_after = 1;
  policy.min_healthy_time = absl::Seconds(1);
  policy.healthy_deadline = absl::Seconds(4);
  policy.handshake_timeout = absl::Seconds(1);
  policy.drain_timeout = absl::Seconds(2);
  policy.backoff_first = absl::Seconds(1);
  policy.backoff_max = absl::Seconds(2);
  policy.backoff_jitter = 0;
  policy.stable_after = absl::Seconds(3);
  return policy;
}

}  // namespace rollport::rollout

#endif  // ROLLPORT_TESTS_ROLLOUT_SCENARIO_H_
