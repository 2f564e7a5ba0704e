// A fleet's controller from its start to its end.
#ifndef ROLLPORT_CONTROLLER_RUN_H_
#define ROLLPORT_CONTROLLER_RUN_H_

#include <functional>

#include "absl/status/status.h"
#include "api/event_log.h"
#include "fleet_file/fleet_settings.h"

namespace rollport::controller {

// Runs the fleet until SIGTERM, SIGINT or a stop by the control API, and then drains every worker.
// SIGHUP asks for a roll. `tell` is called with every event as it happens; it must not wait.
// `flush` is called after it, and again and again while it returns false, because something of the
// log waits for its reader. If a service manager started this process (NOTIFY_SOCKET), it is told
// when the fleet is up and when the fleet stops.
//
// Returns OK after a stop, or why the fleet could not be started; then nothing of the fleet is
// left. REQUIRES: this process has one thread, and no children that it wants to keep: at the end
// all its descendants are killed.
absl::Status RunController(const fleet_file::FleetSettings& settings,
                           const std::function<void(const api::FleetEvent&)>& tell,
                           const std::function<bool()>& flush);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_RUN_H_
