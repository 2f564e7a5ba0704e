// Whether a process is a worker of the fleet that a record describes. A record may name any process
// by its pid, start time and user, by mistake or on purpose; what it names may be killed.
#ifndef ROLLPORT_CONTROLLER_RECORD_WORKER_MARKS_H_
#define ROLLPORT_CONTROLLER_RECORD_WORKER_MARKS_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/record/fleet_record.h"

namespace rollport::controller {

class WorkerMarks {
 public:
  explicit WorkerMarks(const FleetRecord& record);

  // True if the process was executed with the fleet's NOTIFY_SOCKET, or if it or a descendant holds
  // a listener on one of the fleet's addresses. A server may overwrite its environment, as nginx
  // does. If it has, and listens no more because it drains, the page that it was launched with
  // decides. False for an ancestor of this process.
  bool Has(pid_t pid);

 private:
  bool HoldsListener(pid_t pid);

  const std::string notify_socket_;
  std::set<std::string> addresses_;
  // The inodes of the listeners on these addresses, of whatever process; read when they are needed.
  std::optional<std::set<uint64_t>> listeners_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_RECORD_WORKER_MARKS_H_
