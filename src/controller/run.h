// A fleet's controller from its start to its end.
#ifndef ROLLPORT_CONTROLLER_RUN_H_
#define ROLLPORT_CONTROLLER_RUN_H_

#include <functional>

#include "absl/status/status.h"
#include "api/event_log.h"
#include "fleet_file/fleet_settings.h"

namespace rollport::controller {

// Runs the fleet until SIGTERM, SIGINT or a stop by the control API, and drains every worker then.
// SIGHUP asks for a roll. `tell` is called with all that happens, as it happens. Where this process
// was started by a service manager (NOTIFY_SOCKET), that is told when the fleet is up and when it
// stops.
//
// Returns OK after a stop, or why the fleet could not be started; then nothing is left of it.
// REQUIRES: this process has one thread, and no children that it wants to keep: at the end all that
// descends from it is killed.
absl::Status RunController(const fleet_file::FleetSettings& settings,
                           const std::function<void(const api::FleetEvent&)>& tell);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_RUN_H_
