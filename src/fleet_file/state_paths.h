// Where a fleet keeps its state.
#ifndef ROLLPORT_FLEET_FILE_STATE_PATHS_H_
#define ROLLPORT_FLEET_FILE_STATE_PATHS_H_

#include <string>

namespace rollport::fleet_file {

// The folder if the fleet file has no state_dir: $RUNTIME_DIRECTORY (systemd), else
// $XDG_RUNTIME_DIR/rollport/NAME, else /run/rollport/NAME for root, else /tmp/rollport-UID/NAME.
std::string DefaultStateDir(const std::string& name);

std::string ControlSocketPath(const std::string& state_dir);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_STATE_PATHS_H_
