#include "controller/traffic/successors.h"

#include <utility>
#include <vector>

#include "protocol/handover.h"

namespace rollport::controller {

void Successors::Retire(WorkerId worker, const rollout::Fleet& fleet) {
  Name(worker, fleet);
  ReplaceIn(worker, fleet);
}

void Successors::Gone(WorkerId worker, const rollout::Fleet& fleet) {
  successor_of_.erase(worker);
  ReplaceIn(worker, fleet);
}

std::optional<WorkerId> Successors::Choose(const WorkerProcess& worker,
                                           const rollout::Fleet& fleet) {
  const auto may_follow = [&](WorkerId id, const rollout::Worker& other) {
    if (other.state != rollout::WorkerState::kServing || other.unhealthy) return false;
    WorkerProcess* process = workers_.Find(id);
    return id != worker.id() && process != nullptr && process->TakesConnections();
  };
  for (const auto& [id, other] : fleet.workers) {
    if (other.slot == worker.slot() && may_follow(id, other)) return id;
  }
  std::optional<std::pair<uint64_t, WorkerId>> best;
  for (const auto& [id, other] : fleet.workers) {
    if (!may_follow(id, other)) continue;
    const uint64_t burden = Burden(id);
    if (!best || burden < best->first) best = {burden, id};
  }
  return best ? std::make_optional(best->second) : std::nullopt;
}

uint64_t Successors::Burden(WorkerId worker) {
  const auto open = [this](WorkerId id) {
    const WorkerProcess* process = workers_.Find(id);
    return process != nullptr && process->page().InUse() ? process->page()->connections_open.Get()
                                                         : 0;
  };
  uint64_t burden = open(worker);
  for (const auto& [other, its] : successor_of_) {
    if (its == worker) burden += open(other);
  }
  return burden;
}

void Successors::Name(WorkerId worker, const rollout::Fleet& fleet) {
  successor_of_.erase(worker);
  WorkerProcess* process = workers_.Find(worker);
  if (process == nullptr || !process->TakesConnections()) return;
  const std::optional<WorkerId> successor = Choose(*process, fleet);
  if (!successor) return;
  const os::Sent sent =
      protocol::Send(process->channel(), {.kind = protocol::Message::Kind::kSuccessor},
                     workers_.Find(*successor)->channel());
  // Otherwise it drains as a worker without a successor does.
  if (sent == os::Sent::kSent) successor_of_[worker] = *successor;
}

void Successors::ReplaceIn(WorkerId successor, const rollout::Fleet& fleet) {
  std::vector<WorkerId> orphans;
  for (const auto& [worker, its] : successor_of_) {
    if (its == successor) orphans.push_back(worker);
  }
  for (const WorkerId orphan : orphans) Name(orphan, fleet);
}

}  // namespace rollport::controller
