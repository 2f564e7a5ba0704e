// What the controller tells a worker through its environment (docs/design.md, "What a worker is
// told").
#ifndef ROLLPORT_WORKER_ENVIRONMENT_H_
#define ROLLPORT_WORKER_ENVIRONMENT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "os/unique_fd.h"

namespace rollport::worker {

struct Environment {
  std::vector<std::string> listen;              // ROLLPORT_LISTEN
  int slot = -1;                                // ROLLPORT_SLOT
  std::string generation;                       // ROLLPORT_GENERATION
  std::optional<absl::Duration> drain_timeout;  // ROLLPORT_DRAIN_TIMEOUT
  os::UniqueFd page;                            // ROLLPORT_PAGE_FD
  os::UniqueFd handover;                        // ROLLPORT_HANDOVER_FD
  std::vector<os::UniqueFd> inherited;          // LISTEN_FDS, only if LISTEN_PID is this process
};

// Reads these variables and removes them from the environment, so that a child of the worker does
// not take itself for the worker; NOTIFY_SOCKET stays. Owns the descriptors from then on, and makes
// them close-on-exec. An error names the variable and its value.
absl::StatusOr<Environment> TakeEnvironment();

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_ENVIRONMENT_H_
