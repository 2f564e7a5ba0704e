// Small files, read as a whole: those of a person, and those of /proc and /sys.
#ifndef ROLLPORT_OS_FILE_H_
#define ROLLPORT_OS_FILE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rollport::os {

inline constexpr size_t kSmallFile = 16 << 20;

struct ReadOptions {
  // A longer file is an error, so that no file can take all memory.
  size_t max_bytes = kSmallFile;
  // Refuses pipes, devices and folders, and never waits for a pipe's writer.
  bool regular_only = false;
  // Refuses a symbolic link as the last part of the path: O_NOFOLLOW.
  bool no_link = false;
};

// The content of the file at `path`. Reads up to the end of the file, whatever size it claims to
// have: those of /proc claim 0. The message of an error is `path`, ": " and what is wrong, such as
// "/no/such: No such file or directory". Two errors are not the system's: "it is not a regular
// file" (kInvalidArgument) and "it is larger than 1 MiB" (kOutOfRange). A file of /proc/PID is
// kNotFound, also if the process ends while the file is read.
absl::StatusOr<std::string> ReadFile(const std::string& path, const ReadOptions& options = {});

// The same error without `path` in front: for a message that names the file itself.
absl::Status WithoutPath(const absl::Status& error, std::string_view path);

// Everything up to the end of `fd`, which is borrowed and blocks. `name` stands for it in an error:
// "NAME: Input/output error", "NAME: it is larger than 1 MiB".
absl::StatusOr<std::string> ReadToEnd(int fd, std::string_view name, size_t max_bytes = kSmallFile);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_FILE_H_
