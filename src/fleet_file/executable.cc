#include "fleet_file/executable.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "fleet_file/executable_format.h"
#include "os/errno_status.h"

namespace rollport::fleet_file {
namespace {

// OK if `path` is a file that this user may execute.
absl::Status CheckExecutable(const std::string& path) {
  struct stat st;
  if (stat(path.c_str(), &st) != 0) return os::ErrnoStatus(errno, path);
  if (S_ISDIR(st.st_mode)) return absl::InvalidArgumentError(absl::StrCat(path, ": is a folder"));
  if (!S_ISREG(st.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is not a regular file"));
  }
  // As the effective user, who will execute it: access(2) asks for the real one.
  if (faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) != 0) {
    if (errno != EACCES) return os::ErrnoStatus(errno, path);
    return absl::InvalidArgumentError(absl::StrCat(path, ": is not executable (chmod +x)"));
  }
  return absl::OkStatus();
}

}  // namespace

std::string PathIn(const std::string& directory, const std::string& path) {
  const std::string whole = path.substr(0, 1) == "/" ? path : absl::StrCat(directory, "/", path);
  std::vector<std::string> parts;
  for (const absl::string_view part : absl::StrSplit(whole, '/', absl::SkipEmpty())) {
    if (part != ".") parts.emplace_back(part);
  }
  return absl::StrCat("/", absl::StrJoin(parts, "/"));
}

absl::StatusOr<std::string> ResolveExecutable(const std::string& word,
                                              const std::string& directory) {
  if (word.empty()) return absl::InvalidArgumentError("the executable's name is empty");
  if (word.find('/') != std::string::npos) {
    std::string path = PathIn(directory, word);
    RETURN_IF_ERROR(CheckExecutable(path));
    RETURN_IF_ERROR(CheckExecutableFormat(path));
    return path;
  }
  const char* search = std::getenv("PATH");
  for (const absl::string_view folder :
       absl::StrSplit(search == nullptr ? "/usr/local/bin:/usr/bin:/bin" : search, ':')) {
    // An empty part means the working folder: environ(7).
    std::string path = PathIn(PathIn(directory, std::string(folder)), word);
    if (!CheckExecutable(path).ok()) continue;
    RETURN_IF_ERROR(CheckExecutableFormat(path));
    return path;
  }
  const bool beside = CheckExecutable(PathIn(directory, word)).ok();
  return absl::NotFoundError(absl::StrCat(
      "no executable \"", word, "\" on PATH",
      beside
          ? absl::StrCat("; did you mean \"./", word, "\"?")
          : absl::StrCat(" (a path has a slash: \"./", word, "\" is in the fleet file's folder)")));
}

}  // namespace rollport::fleet_file
