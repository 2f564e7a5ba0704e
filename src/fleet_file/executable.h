// Which file a command means.
#ifndef ROLLPORT_FLEET_FILE_EXECUTABLE_H_
#define ROLLPORT_FLEET_FILE_EXECUTABLE_H_

#include <string>

#include "absl/status/statusor.h"

namespace rollport::fleet_file {

// The path of the executable that a command's first word names. A word with a slash is a path,
// relative to `directory`; for one without, it is the first executable of that name on PATH. Errors
// say what is wrong and how to mend it: "no executable "server" on PATH; did you mean "./server"?".
absl::StatusOr<std::string> ResolveExecutable(const std::string& word,
                                              const std::string& directory);

// `path`, or `directory`/`path` if it is relative; without "." and empty parts.
std::string PathIn(const std::string& directory, const std::string& path);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_EXECUTABLE_H_
