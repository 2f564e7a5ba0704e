#include "controller/accounts/fleet_view.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "metrics/page_counts.h"
#include "os/sysctl.h"
#include "protocol/latency.h"

namespace rollport::controller {
namespace {

// A worker may have written anything into its page.
int64_t Bounded(uint64_t count) {
  return static_cast<int64_t>(std::min<uint64_t>(count, std::numeric_limits<int64_t>::max()));
}

api::WorkerCounts CountsOf(pid_t pid, const metrics::PageCounts& page) {
  api::WorkerCounts counts{
      .pid = pid, .requests = Bounded(page.requests()), .errors = Bounded(page.responses[5])};
  for (const uint64_t bucket : page.latency) counts.latency.push_back(Bounded(bucket));
  while (!counts.latency.empty() && counts.latency.back() == 0) counts.latency.pop_back();
  return counts;
}

int OutdatedSlots(const rollout::Fleet& fleet) {
  if (fleet.roll.has_value()) return 0;
  return static_cast<int>(std::ranges::count_if(fleet.slots, [&](const rollout::Slot& slot) {
    return !slot.closed && slot.serving.has_value() &&
           fleet.workers.at(*slot.serving).generation != slot.wanted;
  }));
}

}  // namespace

api::FleetStatus FleetView::Status() const {
  Steerer& steerer = from_.traffic.steerer();
  steerer.Refresh().IgnoreError();  // if the table cannot be read, what was read last is shown
  const rollout::Fleet& fleet = from_.plan.view();
  api::FleetStatus status;
  status.name = from_.releases.settings().name;
  for (const os::SocketAddress& address : from_.releases.at(fleet.generation).listen) {
    status.listen.push_back(address.ToString());
  }
  status.controller_pid = getpid();
  status.generation = fleet.generation.value();
  status.state = std::string(rollout::Name(fleet.state()));
  status.slots = fleet.open_slots();
  status.healthy_slots = fleet.HealthySlots();
  status.outdated_slots = OutdatedSlots(fleet);
  status.steering_reason = steerer.trouble();
  status.steering = status.steering_reason.empty() ? "cbpf" : "hash";
  status.migrate_requests = os::MigratesRequests();
  status.foreign_listeners = steerer.ForeignListeners();
  status.stray_listeners = steerer.Strays();
  status.listener_drops = static_cast<int64_t>(steerer.drops());
  AddWorkers(&status);
  for (api::SlotFailure& failure : from_.chronicle.Failures()) {
    // A slot that is closed is of no interest any more.
    if (failure.slot < fleet.open_slots()) status.failures.push_back(std::move(failure));
  }
  if (fleet.roll.has_value()) status.roll = ProgressOf(*fleet.roll);
  return status;
}

void FleetView::AddWorkers(api::FleetStatus* status) const {
  from_.held.Refresh(from_.loop.Now());
  const rollout::Fleet& fleet = from_.plan.view();
  const std::map<WorkerId, uint32_t> queues = from_.traffic.steerer().AcceptQueues();
  // Once for all workers: ShareOf() would add up all weights for each.
  const auto whole = static_cast<double>(fleet.TotalWeight());
  for (const auto& [id, worker] : fleet.workers) {
    const WorkerProcess* process = from_.workers.Find(id);
    if (process == nullptr) continue;
    api::WorkerStatus& row = status->workers.emplace_back(StatusOf(id, worker, *process));
    const auto weight = fleet.weights.find(id);
    row.share = weight == fleet.weights.end() ? 0 : weight->second / whole;
    const auto queue = queues.find(id);
    row.accept_queue = queue == queues.end() ? 0 : queue->second;
  }
  for (const auto& [id, process] : from_.workers.stuck()) {
    status->workers.push_back({.slot = static_cast<int>(process->slot().value()),
                               .pid = process->pid(),
                               .generation = process->generation().value(),
                               .state = "stuck",
                               .uptime = from_.loop.Now() - process->launched()});
  }
  std::ranges::stable_sort(status->workers, {}, &api::WorkerStatus::slot);
}

api::WorkerStatus FleetView::StatusOf(WorkerId id, const rollout::Worker& worker,
                                      const WorkerProcess& process) const {
  api::WorkerStatus row;
  row.slot = static_cast<int>(worker.slot.value());
  row.pid = process.pid();
  row.generation = worker.generation.value();
  row.state = std::string(rollout::Name(worker.state));
  row.counts = process.page().InUse();
  if (row.counts) {
    row.connections = static_cast<int64_t>(process.page()->connections_open.Get());
  } else {
    row.connections = from_.held.Of(id);
  }
  row.status_text = process.status_text();
  if (const auto probes = from_.traffic.ProbesOf(id); probes.has_value() && probes->last_failed) {
    row.trouble = probes->last_failure;
  }
  row.uptime = from_.loop.Now() - process.launched();
  return row;
}

api::FleetCounts FleetView::Counts() const {
  api::FleetCounts counts;
  for (size_t i = 0; i < protocol::kLatencyBuckets; ++i) {
    counts.latency_from.push_back(static_cast<double>(protocol::LatencyBound(i)) / 1e9);
  }
  for (const auto& [id, worker] : from_.plan.view().workers) {
    const WorkerProcess* process = from_.workers.Find(id);
    if (process == nullptr || !process->page().InUse()) continue;
    counts.workers.push_back(CountsOf(process->pid(), metrics::ReadCounts(process->page())));
  }
  return counts;
}

api::RollProgress FleetView::ProgressOf(const rollout::Roll& roll) const {
  const rollout::Fleet& fleet = from_.plan.view();
  const RollVerdict& ledger = *from_.chronicle.current();
  api::RollProgress progress{.number = ledger.number(),
                             .kind = ledger.kind(),
                             .from = roll.from.value(),
                             .to = roll.to.value(),
                             .phase = std::string(rollout::Name(fleet.state())),
                             .reason = roll.reason,
                             .replaced = fleet.ServedBy(roll.to),
                             .of = fleet.open_slots(),
                             .elapsed = from_.loop.Now() - roll.began};
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
    if (!worker.deadline.is_never())
      progress.canary->remaining = worker.deadline - from_.loop.Now();
  }
  return progress;
}

api::FleetHistory FleetView::History() const {
  api::FleetHistory history;
  for (const auto& [id, release] : from_.releases.kept()) {
    history.generations.push_back({.number = id.value(),
                                   .command = release.generation.command(),
                                   .taken = release.taken,
                                   .current = id == from_.plan.view().generation,
                                   .served = release.served,
                                   .not_kept = release.generation.not_kept()});
  }
  history.rolls = from_.chronicle.Rolls();
  return history;
}

}  // namespace rollport::controller
