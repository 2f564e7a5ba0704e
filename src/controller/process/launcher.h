// Starts the process of a worker, with the environment, the descriptors and the output that it is
// given.
#ifndef ROLLPORT_CONTROLLER_PROCESS_LAUNCHER_H_
#define ROLLPORT_CONTROLLER_PROCESS_LAUNCHER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/strong_int.h"
#include "controller/process/generation.h"
#include "controller/process/worker_process.h"
#include "fleet_file/fleet_settings.h"
#include "os/address.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::controller {

// What is the same for every worker of a generation.
struct LaunchPlace {
  std::vector<os::SocketAddress> addresses;
  std::string notify_socket;
  absl::Duration drain_timeout;
};

struct Launched {
  std::unique_ptr<WorkerProcess> worker;
  // The ends to read its stdout and stderr from; not valid if that output is not for the log.
  os::UniqueFd out;
  os::UniqueFd err;
};

// An error names the executable and what went wrong; then nothing was started. `on_exit`: see
// WorkerProcess. `loop` is borrowed.
absl::StatusOr<Launched> Launch(os::EventLoop& loop, const LaunchPlace& place,
                                const Generation& generation,
                                const fleet_file::WorkerSettings& settings, WorkerId id,
                                SlotId slot, std::function<void(os::ExitStatus)> on_exit);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_LAUNCHER_H_
