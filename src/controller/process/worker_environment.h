// The environment that a worker is started with.
#ifndef ROLLPORT_CONTROLLER_PROCESS_WORKER_ENVIRONMENT_H_
#define ROLLPORT_CONTROLLER_PROCESS_WORKER_ENVIRONMENT_H_

#include <map>
#include <string>
#include <vector>

#include "base/strong_int.h"
#include "controller/process/generation.h"
#include "controller/process/launcher.h"
#include "fleet_file/fleet_settings.h"

namespace rollport::controller {

// The descriptors that a worker is given, by their numbers there.
struct WorkerDescriptors {
  bool listen_fds = false;  // listeners, from protocol::kFirstListenFd, as sd_listen_fds(3) says
  int page = -1;            // its page of counters
  int channel = -1;         // to hand connections over
};

// The variables of the protocol (protocol/variables.h) and their values, but for those whose value
// is the worker's own pid: see os::LaunchSpec::pid_variables.
std::map<std::string, std::string> ProtocolVariables(const LaunchPlace& place,
                                                     const fleet_file::WorkerSettings& settings,
                                                     SlotId slot, GenerationId generation,
                                                     const WorkerDescriptors& descriptors);

// This process's own environment as "KEY=VALUE", changed by `env` and then by `protocol`. Variables
// of the protocol that the controller's own supervisor has set for it (NOTIFY_SOCKET, LISTEN_…,
// WATCHDOG_…, ROLLPORT_…) are left out: they were not meant for a worker.
std::vector<std::string> WorkerEnvironment(const std::map<std::string, std::string>& env,
                                           const std::map<std::string, std::string>& protocol);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_WORKER_ENVIRONMENT_H_
