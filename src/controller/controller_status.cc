// What `rollport status` shows.
#include <algorithm>
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

api::FleetStatus Controller::Status() {
  (void)steerer_.Refresh();
  const rollout::Fleet& fleet = plan_.view();
  api::FleetStatus status;
  status.name = settings_.name;
  for (const os::SocketAddress& address : releases_.at(fleet.generation).listen) {
    status.listen.push_back(address.ToString());
  }
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
      api::WorkerStatus& row = status.workers.emplace_back();
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
    status.roll = Progress(*fleet.roll);
  }
  return status;
}

api::RollProgress Controller::Progress(const rollout::Roll& roll) const {
  const rollout::Fleet& fleet = plan_.view();
  api::RollProgress progress{.number = CurrentRoll(),
                             .kind = ledgers_.back().kind(),
                             .from = roll.from.value(),
                             .to = roll.to.value(),
                             .phase = std::string(rollout::Name(fleet.state())),
                             .reason = roll.reason,
                             .replaced = fleet.ServedBy(roll.to),
                             .of = fleet.open_slots(),
                             .elapsed = loop_.Now() - roll.began};
  if (roll.kind == rollout::RollKind::kRestart) {
    progress.replaced = fleet.slots[roll.only.value()].renew ? 0 : 1;
    progress.of = 1;
  } else if (roll.kind == rollout::RollKind::kScale) {
    progress.of = roll.workers;
  }
  for (const auto& [id, worker] : fleet.workers) {
    if (worker.state != rollout::WorkerState::kCanary) continue;
    progress.canary =
        api::CanaryProgress{.step = static_cast<int>(std::min(roll.step + 1, roll.canary.size())),
                            .of = static_cast<int>(roll.canary.size()),
                            .share = fleet.ShareOf(id)};
    if (!worker.deadline.is_never()) progress.canary->remaining = worker.deadline - loop_.Now();
  }
  return progress;
}

}  // namespace rollport::controller
