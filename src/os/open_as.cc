#include "os/open_as.h"

#include <fcntl.h>
#include <grp.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "os/errno_status.h"

namespace rollport::os {

absl::StatusOr<UniqueFd> OpenAs(const Credentials& who, const std::string& path, int flags,
                                mode_t mode) {
  const std::vector<gid_t> ours = OurCredentials().groups;
  if (setgroups(who.groups.size(), who.groups.data()) != 0) {
    return ErrnoStatus(errno, absl::StrCat("setgroups, to open ", path));
  }
  UniqueFd fd;
  int error = 0;
  {
    const FileSystemUser as(who.uid, who.gid);
    fd = UniqueFd(open(path.c_str(), flags, mode));
    error = errno;
  }
  // What was allowed a moment ago.
  RP_CHECK(setgroups(ours.size(), ours.data()) == 0, "setgroups");
  if (!fd.valid()) return ErrnoStatus(error, absl::StrCat("open ", path));
  return fd;
}

}  // namespace rollport::os
