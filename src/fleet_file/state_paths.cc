#include "fleet_file/state_paths.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace rollport::fleet_file {

std::string DefaultStateDir(const std::string& name) {
  const auto env = [](const char* key) {
    const char* value = std::getenv(key);
    return std::string(value == nullptr ? "" : value);
  };
  // Several folders are separated by colons: systemd.exec(5).
  if (const std::string given = env("RUNTIME_DIRECTORY"); !given.empty()) {
    return std::pair<std::string, std::string>(absl::StrSplit(given, absl::MaxSplits(':', 1)))
        .first;
  }
  if (const std::string xdg = env("XDG_RUNTIME_DIR"); !xdg.empty()) {
    return absl::StrCat(xdg, "/rollport/", name);
  }
  if (geteuid() == 0) return absl::StrCat("/run/rollport/", name);
  return absl::StrCat("/tmp/rollport-", geteuid(), "/", name);
}

std::string ControlSocketPath(const std::string& state_dir) {
  return absl::StrCat(state_dir, "/control.sock");
}

}  // namespace rollport::fleet_file
