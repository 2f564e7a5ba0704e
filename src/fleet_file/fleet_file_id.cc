#include "fleet_file/fleet_file_id.h"

#include <sys/stat.h>

namespace rollport::fleet_file {

FleetFileId FleetFileIdOf(const std::string& path) {
  FleetFileId identity{.path = path};
  struct stat st;
  if (stat(path.c_str(), &st) != 0) return identity;
  identity.device = st.st_dev;
  identity.inode = st.st_ino;
  return identity;
}

bool MeansSameFile(const FleetFileId& known, const FleetFileId& asked) {
  if (asked.path == known.path) return true;
  if (asked.inode == 0) return false;
  const FleetFileId now = FleetFileIdOf(known.path);
  const FleetFileId& ours = now.inode != 0 ? now : known;
  return asked.device == ours.device && asked.inode == ours.inode;
}

}  // namespace rollport::fleet_file
