#include "controller/process/worker_table.h"

#include <algorithm>
#include <utility>

namespace rollport::controller {

void WorkerTable::Add(std::unique_ptr<WorkerProcess> worker) {
  const WorkerId id = worker->id();
  workers_[id] = std::move(worker);
}

void WorkerTable::Remove(WorkerId id) {
  for (auto* table : {&workers_, &stuck_}) {
    const auto found = table->find(id);
    if (found == table->end()) continue;
    // Destroyed when the table is as it will be.
    const std::unique_ptr<WorkerProcess> worker = std::move(found->second);
    table->erase(id);
  }
}

void WorkerTable::GiveUp(WorkerId id) {
  const auto worker = workers_.find(id);
  if (worker == workers_.end()) return;
  worker->second->GiveUp();
  stuck_[id] = std::move(worker->second);
  workers_.erase(id);
}

const WorkerProcess* WorkerTable::Find(WorkerId id) const {
  const auto it = workers_.find(id);
  return it == workers_.end() ? nullptr : it->second.get();
}

WorkerProcess* WorkerTable::Find(WorkerId id) {
  const auto it = workers_.find(id);
  return it == workers_.end() ? nullptr : it->second.get();
}

WorkerProcess* WorkerTable::FindByPid(pid_t pid) {
  for (const auto& [id, worker] : workers_) {
    if (worker->Holds(pid)) return worker.get();
  }
  for (const auto& [id, worker] : workers_) {
    if (worker->OwnsPid(pid)) return worker.get();
  }
  return nullptr;
}

bool WorkerTable::Holds(pid_t pid) const {
  const auto holds = [pid](const auto& entry) { return entry.second->Holds(pid); };
  return std::any_of(workers_.begin(), workers_.end(), holds) ||
         std::any_of(stuck_.begin(), stuck_.end(), holds);
}

}  // namespace rollport::controller
