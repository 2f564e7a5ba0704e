// The fleet as `rollport status` shows it.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_FLEET_VIEW_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_FLEET_VIEW_H_

#include "api/fleet_control.h"
#include "controller/accounts/chronicle.h"
#include "controller/accounts/held_connections.h"
#include "controller/process/releases.h"
#include "controller/process/worker_table.h"
#include "controller/traffic/traffic.h"
#include "os/event_loop.h"
#include "rollout/plan.h"

namespace rollport::controller {

// The parts of a controller that are shown. All references are borrowed.
struct FleetSources {
  os::EventLoop& loop;
  WorkerTable& workers;
  const Releases& releases;
  const rollout::Plan& plan;
  Traffic& traffic;
  const Chronicle& chronicle;
  HeldConnections& held;
};

class FleetView {
 public:
  explicit FleetView(const FleetSources& sources) : from_(sources) {}

  // Reads the kernel's tables first. If they cannot be read, shows what was read last.
  api::FleetStatus Status() const;
  // Of the workers that count in a page.
  api::FleetCounts Counts() const;
  api::FleetHistory History() const;

 private:
  void AddWorkers(api::FleetStatus* status) const;
  // Without its share and its accept queue: those are looked up for all workers at once.
  api::WorkerStatus StatusOf(WorkerId id, const rollout::Worker& worker,
                             const WorkerProcess& process) const;
  api::RollProgress ProgressOf(const rollout::Roll& roll) const;

  const FleetSources from_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_FLEET_VIEW_H_
