// Which file a command means.
#ifndef ROLLPORT_FLEET_FILE_EXECUTABLE_H_
#define ROLLPORT_FLEET_FILE_EXECUTABLE_H_

#include <string>

#include "absl/status/statusor.h"

namespace rollport::fleet_file {

// The path of the executable that `program` names: with a slash in it a path relative to
// `directory`, without one the first of that name on PATH. Errors say what is wrong with it and how
// to mend it: "no program "server" on PATH; did you mean "./server"?".
absl::StatusOr<std::string> ResolveExecutable(const std::string& program,
                                              const std::string& directory);

// `path`, or `directory`/`path` where it is relative; without "." and empty parts.
std::string PathIn(const std::string& directory, const std::string& path);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_EXECUTABLE_H_
