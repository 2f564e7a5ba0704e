// Keeps workers' output flowing when the controller dies. A worker whose log goes through a pipe
// would be killed by SIGPIPE when nobody holds the other end, or wait for ever when nobody reads
// it. So a process of ours that does nothing else holds every reading end too, and when the
// controller is gone reads, and throws away, until the last worker has ended.
#ifndef ROLLPORT_CONTROLLER_PROCESS_PIPE_KEEPER_H_
#define ROLLPORT_CONTROLLER_PROCESS_PIPE_KEEPER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "os/child.h"
#include "os/unique_fd.h"

namespace rollport::controller {

class PipeKeeper {
 public:
  // Forks the process. REQUIRES: one thread.
  static absl::StatusOr<std::unique_ptr<PipeKeeper>> Start();
  // An orderly end of the controller: no worker is left, and the keeper goes too.
  ~PipeKeeper();

  // Has it hold a duplicate of `reading_end` until every writer is gone. Without effect where the
  // keeper has been killed.
  void Keep(int reading_end);

 private:
  PipeKeeper(os::UniqueFd channel, os::Child process)
      : channel_(std::move(channel)), process_(std::move(process)) {}
  os::UniqueFd channel_;
  os::Child process_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_PIPE_KEEPER_H_
