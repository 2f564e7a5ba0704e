// Reads a fleet file (TOML; docs/fleet-file.md), and checks everything that can be
// checked without starting anything.
#ifndef ROLLPORT_FLEET_FILE_FLEET_FILE_H_
#define ROLLPORT_FLEET_FILE_FLEET_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "fleet_file/fleet_file_id.h"
#include "fleet_file/fleet_settings.h"

namespace rollport::fleet_file {

// Every error is kInvalidArgument and one line, "FILE:LINE: what is wrong", with `path` as given
// for FILE. Of several mistakes it names the one nearest to the top of the file.
absl::StatusOr<FleetSettings> LoadFleetFile(const std::string& path);

// Where to find a fleet's controller. The file only has to be TOML with a valid name and state_dir,
// so that a fleet can be watched and stopped while its file is being edited.
struct FleetPlace {
  FleetFileId file;
  std::string name;
  std::string state_dir;
};
absl::StatusOr<FleetPlace> LocateFleet(const std::string& path);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_FLEET_FILE_H_
