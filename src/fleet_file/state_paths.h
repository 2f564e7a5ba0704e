// Where a fleet keeps its state.
#ifndef ROLLPORT_FLEET_FILE_STATE_PATHS_H_
#define ROLLPORT_FLEET_FILE_STATE_PATHS_H_

#include <string>

namespace rollport::fleet_file {

// Where a fleet keeps its state when its file does not say: $RUNTIME_DIRECTORY (systemd),
// $XDG_RUNTIME_DIR/rollport/NAME, /run/rollport/NAME for root, /tmp/rollport-UID/NAME.
std::string DefaultStateDir(const std::string& name);

std::string ControlSocketPath(const std::string& state_dir);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_STATE_PATHS_H_
