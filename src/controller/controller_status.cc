// What `rollport status` shows.
#include <algorithm>

#include "controller/controller.h"
#include "os/sysctl.h"

namespace rollport::controller {

FleetStatus Controller::Status() {
  (void)steerer_.Refresh();
  const rollout::Fleet& fleet = plan_.view();
  FleetStatus status;
  status.name = settings_.name;
  for (const os::SocketAddress& address : releases_.at(fleet.generation).listen) {
    status.listen.push_back(address.ToString());
  }
  status.controller_pid = getpid();
  status.generation = fleet.generation.value();
  status.state = std::string(rollout::Name(fleet.state()));
  status.steering_reason = steerer_.trouble();
  status.steering = status.steering_reason.empty() ? "cbpf" : "hash";
  status.migrate_requests = os::MigratesRequests();
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
    status.roll = Progress(*fleet.roll);
  }
  return status;
}

RollProgress Controller::Progress(const rollout::Roll& roll) const {
  const rollout::Fleet& fleet = plan_.view();
  RollProgress progress{.number = CurrentRoll(),
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
        CanaryProgress{.step = static_cast<int>(std::min(roll.step + 1, roll.canary.size())),
                       .of = static_cast<int>(roll.canary.size()),
                       .share = fleet.ShareOf(id)};
    if (!worker.deadline.is_never()) progress.canary->remaining = worker.deadline - loop_.Now();
  }
  return progress;
}

}  // namespace rollport::controller
