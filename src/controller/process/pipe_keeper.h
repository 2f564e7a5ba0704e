// Keeps workers' output flowing when the controller dies. A worker whose log goes through a pipe
// would be killed by SIGPIPE if no process held the reading end, and would block for ever if none
// read from it. So a helper process holds every reading end too. When the controller is gone, it
// reads from them, and discards what it reads, until the last worker has ended.
#ifndef ROLLPORT_CONTROLLER_PROCESS_PIPE_KEEPER_H_
#define ROLLPORT_CONTROLLER_PROCESS_PIPE_KEEPER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "os/child.h"
#include "os/unique_fd.h"

namespace rollport::controller {

class PipeKeeper {
 public:
  // Forks the helper process. REQUIRES: one thread.
  static absl::StatusOr<std::unique_ptr<PipeKeeper>> Start();
  // Kills the helper process: at an orderly end of the controller no worker is left.
  ~PipeKeeper();

  // Readable when the helper has ended. Borrowed.
  int pidfd() const { return process_.pidfd(); }
  // Has the helper hold a duplicate of `reading_end` until every writer is gone. Has no effect if
  // the helper has been killed.
  void Keep(int reading_end);

 private:
  PipeKeeper(os::UniqueFd channel, os::Child process)
      : channel_(std::move(channel)), process_(std::move(process)) {}
  os::UniqueFd channel_;
  os::Child process_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_PIPE_KEEPER_H_
