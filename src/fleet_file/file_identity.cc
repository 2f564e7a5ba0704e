#include "fleet_file/file_identity.h"

#include <sys/stat.h>

namespace rollport::fleet_file {

FileIdentity IdentityOf(const std::string& path) {
  FileIdentity identity{.path = path};
  struct stat st;
  if (stat(path.c_str(), &st) != 0) return identity;
  identity.device = st.st_dev;
  identity.inode = st.st_ino;
  return identity;
}

bool MeansSameFile(const FileIdentity& known, const FileIdentity& asked) {
  if (asked.path == known.path) return true;
  if (asked.inode == 0) return false;
  const FileIdentity now = IdentityOf(known.path);
  const FileIdentity& ours = now.inode != 0 ? now : known;
  return asked.device == ours.device && asked.inode == ours.inode;
}

}  // namespace rollport::fleet_file
