// A file of variables for a worker, in the form that systemd's EnvironmentFile= and `docker run
// --env-file` have in common.
#ifndef ROLLPORT_FLEET_FILE_ENVIRONMENT_FILE_H_
#define ROLLPORT_FLEET_FILE_ENVIRONMENT_FILE_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace rollport::fleet_file {

// NAME=VALUE, one a line. Blanks around the name and the value are dropped; quotes of one kind
// around the whole value too; there are no escapes. Empty lines and lines that begin with # or ;
// are skipped. A later line wins. Errors: "PATH:3: …".
absl::StatusOr<std::map<std::string, std::string>> ReadEnvironmentFile(const std::string& path);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_ENVIRONMENT_FILE_H_
