// What `rollport status` shows.
#include <fstream>

#include "controller/controller.h"

namespace rollport::controller {
namespace {

// net.ipv4.tcp_migrate_req of our network namespace, for IPv6 too: ip-sysctl.rst.
bool MigrateRequests() {
  std::ifstream file("/proc/sys/net/ipv4/tcp_migrate_req");
  int value = 0;
  return file >> value && value != 0;
}

}  // namespace

FleetStatus Controller::Status() {
  (void)steerer_.Refresh();
  const rollout::Fleet& fleet = plan_.view();
  FleetStatus status;
  status.name = settings_.name;
  status.listen = settings_.listen;
  status.controller_pid = getpid();
  status.generation = fleet.generation.value();
  status.state = std::string(rollout::Name(fleet.state()));
  status.steering_reason = steerer_.trouble();
  status.steering = status.steering_reason.empty() ? "cbpf" : "hash";
  status.migrate_requests = MigrateRequests();
  status.foreign_listeners = steerer_.ForeignListeners();
  for (size_t slot = 0; slot < fleet.slots.size(); ++slot) {
    for (const auto& [id, worker] : fleet.workers) {
      const WorkerProcess* process = workers_.Find(id);
      if (worker.slot != SlotId(static_cast<int64_t>(slot)) || process == nullptr) continue;
      WorkerStatus& row = status.workers.emplace_back();
      row.slot = static_cast<int>(slot);
      row.pid = process->pid();
      row.generation = worker.generation.value();
      row.state = std::string(rollout::Name(worker.state));
      row.share = fleet.ShareOf(id);
      row.accept_queue = steerer_.AcceptQueue(id);
      if (process->page().InUse()) {
        row.connections = static_cast<int64_t>(process->page()->connections_open.Get());
      }
      row.status_text = process->status_text;
      row.uptime = loop_.Now() - process->launched();
    }
  }
  if (fleet.roll.has_value()) {
    status.roll = RollProgress{.number = CurrentRoll(),
                               .from = fleet.roll->from.value(),
                               .to = fleet.roll->to.value(),
                               .phase = status.state,
                               .replaced = fleet.ServedBy(fleet.roll->to),
                               .of = static_cast<int>(fleet.slots.size()),
                               .elapsed = loop_.Now() - fleet.roll->began};
  }
  return status;
}

}  // namespace rollport::controller
