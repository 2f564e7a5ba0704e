// The accounts of a fleet: its events, its counters, and what is shown of them. They decide
// nothing, except for one thing that they can see better than the plan: whether a canary is worse.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_ACCOUNTS_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_ACCOUNTS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controller/accounts/canary_audit.h"
#include "controller/accounts/chronicle.h"
#include "controller/accounts/cut_counts.h"
#include "controller/accounts/fleet_collector.h"
#include "controller/accounts/fleet_meters.h"
#include "controller/accounts/fleet_view.h"
#include "controller/accounts/held_connections.h"
#include "controller/accounts/page_cuts.h"
#include "controller/process/releases.h"
#include "controller/process/worker_table.h"
#include "controller/traffic/traffic.h"
#include "metrics/page_counts.h"
#include "os/child.h"
#include "os/event_loop.h"
#include "rollout/action.h"
#include "rollout/event.h"
#include "rollout/plan.h"

namespace rollport::controller {

class Accounts {
 public:
  // `on_worse`: see CanaryAudit. All references are borrowed.
  Accounts(os::EventLoop& loop, WorkerTable& workers, const Releases& releases,
           const rollout::Plan& plan, Traffic& traffic,
           std::function<void(WorkerId canary, const std::string& figures)> on_worse);

  Chronicle& chronicle() { return chronicle_; }
  const FleetView& view() const { return view_; }
  FleetCollector& collector() { return collector_; }
  // All that the workers have counted so far, the dead ones too.
  metrics::PageCounts Totals() { return meters_.Totals(); }

  // After each step of the plan.
  void NoteStep(const rollout::Event& event, const rollout::Actions& actions);
  // A change was refused before it began; it is counted.
  void NoteRefusal() { meters_.rolls().NoteRefusal(); }
  void NoteCanaryStep() { audit_.BeginStep(); }
  void NoteRollEnded(const rollout::RollEnded& ended);
  // To be called at these moments in a worker's life: see CutCounts and PageCuts.
  void NoteStopping(const WorkerProcess& worker);
  void NoteStoppedBefore(const WorkerProcess& worker) { cuts_.NoteStoppedBefore(worker); }
  void NoteKilling(const WorkerProcess& worker);

  // What is known of a worker that has ended.
  struct Exit {
    WorkerId worker;
    std::string how;  // for people
    LastCounts counts;
  };
  // Appends the event that the worker has ended, and reads its page for the last time. `lines`:
  // what it wrote last, if known. REQUIRES: the table of workers and the plan still know the
  // worker.
  Exit NoteExit(const WorkerProcess& worker, const os::ExitStatus& how,
                const std::optional<std::vector<std::string>>& lines);
  // The worker was killed and does not end: appends that, to the verdict of its roll too, and reads
  // its page for the last time. REQUIRES: as above.
  Exit NoteStuck(const WorkerProcess& worker);
  // Why the worker is not healthy yet, for people. `lines` as above.
  std::string EvidenceOf(WorkerId worker,
                         const std::optional<std::vector<std::string>>& lines) const;
  // Adds what the worker counted to its roll. REQUIRES: the plan knows that the worker has ended.
  void Settle(const Exit& exit);

 private:
  LastCounts CountsOf(const WorkerProcess& worker, const os::ExitStatus& how);
  // Null if the plan does not have it any more.
  const rollout::Worker* PlannedAs(WorkerId id) const;
  // How many connections waited in the worker's accept queue when it left its groups, having been
  // told to: those are cut. nullopt if that is not known.
  std::optional<int64_t> LeftInQueue(const WorkerProcess& worker) const;
  void GiveVerdicts();

  os::EventLoop& loop_;
  const rollout::Plan& plan_;
  const Releases& releases_;
  const Traffic& traffic_;
  Chronicle chronicle_;
  HeldConnections held_;
  FleetMeters meters_;
  const FleetView view_;
  FleetCollector collector_;
  CanaryAudit audit_;
  CutCounts cuts_;
  PageCuts page_cuts_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_ACCOUNTS_H_
