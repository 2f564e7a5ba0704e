// Which worker holds which socket.
#ifndef ROLLPORT_CONTROLLER_PROCESS_SOCKET_OWNERS_H_
#define ROLLPORT_CONTROLLER_PROCESS_SOCKET_OWNERS_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/strong_int.h"
#include "controller/process/worker_table.h"

namespace rollport::controller {

// A socket as one of a worker's processes holds it.
struct SocketOwner {
  WorkerId worker;
  pid_t pid = 0;
  int fd = -1;  // its number in that process
};

// For one moment: /proc of a worker's processes is read when it is needed, and only once. That
// takes some microseconds for each descriptor that they have open.
class SocketOwners {
 public:
  // `unlikely` is called when the first worker is to be searched for: these workers, in ascending
  // order, are searched last. Both are borrowed.
  explicit SocketOwners(const WorkerTable& workers,
                        std::function<std::vector<WorkerId>()> unlikely = nullptr)
      : workers_(workers), unlikely_(std::move(unlikely)) {}

  // The process of this worker that holds the socket; nullopt if none does, or if there is no such
  // worker.
  std::optional<SocketOwner> In(WorkerId worker, uint64_t inode);
  // The same for all workers. They are searched in the order of their launch, because the first one
  // that was launched listens first; the unlikely ones after that, the youngest first.
  std::optional<SocketOwner> Of(uint64_t inode);

 private:
  using Sockets = std::map<uint64_t, SocketOwner>;  // by inode
  const Sockets& Read(WorkerId worker);
  void PlanSearch();

  const WorkerTable& workers_;
  const std::function<std::vector<WorkerId>()> unlikely_;
  std::map<WorkerId, Sockets> read_;
  std::optional<std::vector<WorkerId>> to_search_;  // the next one last
  Sockets found_;                                   // those of all workers that were searched
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_SOCKET_OWNERS_H_
