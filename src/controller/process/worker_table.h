// The workers that have a process, and the worker that a socket belongs to.
#ifndef ROLLPORT_CONTROLLER_PROCESS_WORKER_TABLE_H_
#define ROLLPORT_CONTROLLER_PROCESS_WORKER_TABLE_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "base/strong_int.h"
#include "controller/process/worker_process.h"

namespace rollport::controller {

// A socket as one of a worker's processes holds it.
struct SocketOwner {
  WorkerId worker;
  pid_t pid = 0;
  int fd = -1;  // its number in that process
};

class WorkerTable {
 public:
  // REQUIRES: no worker of this id is in the table.
  void Add(std::unique_ptr<WorkerProcess> worker);
  // Also if it is stuck.
  void Remove(WorkerId id);
  // From now on it is no worker, but only a process that is reaped if it ever ends.
  void GiveUp(WorkerId id);
  // Those that were given up and have not ended.
  const std::map<WorkerId, std::unique_ptr<WorkerProcess>>& stuck() const { return stuck_; }
  // Null if it has no process any more.
  WorkerProcess* Find(WorkerId id);
  const WorkerProcess* Find(WorkerId id) const;
  const std::map<WorkerId, std::unique_ptr<WorkerProcess>>& all() const { return workers_; }
  // The worker that owns `pid` (WorkerProcess::OwnsPid); null if there is none.
  WorkerProcess* FindByPid(pid_t pid);

  // True if a worker, or one that was given up, reaps this process (WorkerProcess::Holds).
  bool Holds(pid_t pid) const;

  // The worker's process that holds this socket; nullopt if none does. Reads /proc of the worker's
  // processes: some microseconds for each descriptor that they have open.
  std::optional<SocketOwner> OwnerIn(const WorkerProcess& worker, uint64_t inode) const;
  // The same for all workers, the youngest first: a new socket is most likely a new worker's.
  std::optional<SocketOwner> OwnerOf(uint64_t inode) const;

 private:
  std::map<WorkerId, std::unique_ptr<WorkerProcess>> workers_;
  std::map<WorkerId, std::unique_ptr<WorkerProcess>> stuck_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_WORKER_TABLE_H_
