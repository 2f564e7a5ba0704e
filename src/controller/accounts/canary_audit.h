// Compares what a canary serves with what the former generation serves, while the canary has a
// share.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_CANARY_AUDIT_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_CANARY_AUDIT_H_

#include <functional>
#include <map>
#include <string>

#include "base/strong_int.h"
#include "controller/accounts/canary_judge.h"
#include "controller/process/releases.h"
#include "controller/process/worker_table.h"
#include "os/event_loop.h"
#include "rollout/plan.h"

namespace rollport::controller {

class CanaryAudit {
 public:
  // `on_worse` is called with the figures, for people, whenever a look finds the canary worse;
  // there are at most ten looks a second. All references are borrowed.
  CanaryAudit(os::EventLoop& loop, const WorkerTable& workers, const Releases& releases,
              const rollout::Plan& plan,
              std::function<void(WorkerId canary, const std::string& figures)> on_worse);

  // A step of the canary begins: only what is served from now on counts. Looks again and again
  // until no worker is a canary.
  void BeginStep();

 private:
  void Look();

  const WorkerTable& workers_;
  const Releases& releases_;
  const rollout::Plan& plan_;
  const std::function<void(WorkerId, const std::string&)> on_worse_;
  std::map<WorkerId, Served> served_before_;  // when the step began
  os::Timer look_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_CANARY_AUDIT_H_
