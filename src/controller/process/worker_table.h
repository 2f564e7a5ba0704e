// The workers that have a process.
#ifndef ROLLPORT_CONTROLLER_PROCESS_WORKER_TABLE_H_
#define ROLLPORT_CONTROLLER_PROCESS_WORKER_TABLE_H_

#include <sys/types.h>

#include <memory>

#include "base/sorted_map.h"
#include "base/strong_int.h"
#include "controller/process/worker_process.h"

namespace rollport::controller {

class WorkerTable {
 public:
  // REQUIRES: no worker of this id is in the table.
  void Add(std::unique_ptr<WorkerProcess> worker);
  // Also if it is stuck.
  void Remove(WorkerId id);
  // From now on it is no worker, but only a process that is reaped if it ever ends.
  void GiveUp(WorkerId id);
  // Those that were given up and have not ended.
  const SortedMap<WorkerId, std::unique_ptr<WorkerProcess>>& stuck() const { return stuck_; }
  // Null if it has no process any more.
  WorkerProcess* Find(WorkerId id);
  const WorkerProcess* Find(WorkerId id) const;
  const SortedMap<WorkerId, std::unique_ptr<WorkerProcess>>& all() const { return workers_; }
  // The worker that owns `pid` (WorkerProcess::OwnsPid); null if there is none.
  WorkerProcess* FindByPid(pid_t pid);

  // True if a worker, or one that was given up, reaps this process (WorkerProcess::Holds).
  bool Holds(pid_t pid) const;

 private:
  SortedMap<WorkerId, std::unique_ptr<WorkerProcess>> workers_;
  SortedMap<WorkerId, std::unique_ptr<WorkerProcess>> stuck_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_WORKER_TABLE_H_
