#include "controller/process/notify_place.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace rollport::controller {
namespace {

// As inode_permission() in fs/namei.c decides, for a user without capabilities.
bool MaySearchOne(const std::filesystem::path& folder, const os::Credentials& user) {
  struct stat st;
  if (stat(folder.c_str(), &st) != 0) return false;
  if (st.st_uid == user.uid) return (st.st_mode & S_IXUSR) != 0;
  const bool in_group = st.st_gid == user.gid || std::find(user.groups.begin(), user.groups.end(),
                                                           st.st_gid) != user.groups.end();
  return (st.st_mode & (in_group ? S_IXGRP : S_IXOTH)) != 0;
}

}  // namespace

bool MaySearch(const std::string& folder, const os::Credentials& user) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::canonical(folder, error);
  if (error) return false;
  while (MaySearchOne(path, user)) {
    if (path == path.root_path()) return true;
    path = path.parent_path();
  }
  return false;
}

bool LetSearch(const std::string& folder, const os::Credentials& user) {
  struct stat st;
  if (!MaySearch(folder, user) && stat(folder.c_str(), &st) == 0) {
    chmod(folder.c_str(), (st.st_mode & 07777) | S_IXOTH);
  }
  return MaySearch(folder, user);
}

std::string NotifyFile(const std::string& folder) { return absl::StrCat(folder, "/notify.sock"); }

std::string NotifyPath(const std::string& folder, const std::string& fleet,
                       const std::optional<os::Credentials>& user) {
  const bool reached = !user.has_value() || LetSearch(folder, *user);
  return reached ? NotifyFile(folder) : absl::StrCat("@rollport/", fleet, "/", getpid());
}

}  // namespace rollport::controller
