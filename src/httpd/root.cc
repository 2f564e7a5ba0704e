#include "httpd/root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "os/errno_status.h"

namespace rollport::httpd {
namespace {

constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
constexpr int kFolderFlags = O_PATH | O_DIRECTORY | O_CLOEXEC;

int OpenBeneath(int folder, const char* relative, int flags) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: a rename somewhere, while a ".." in a link was followed. A few more tries, as
  // openat2(2) advises.
  for (int tries = 0;; ++tries) {
    const long fd = syscall(SYS_openat2, folder, relative, &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno == EINTR || (errno == EAGAIN && tries < 8)) continue;
    return -1;
  }
}

Root::Opened Result(int fd) { return {os::UniqueFd(fd), fd < 0 ? errno : 0}; }

}  // namespace

absl::StatusOr<Root> Root::Open(const std::string& path) {
  os::UniqueFd folder(open(path.c_str(), kFolderFlags));
  if (!folder.valid()) return os::ErrnoStatus(errno, "open folder " + path);
  const os::UniqueFd trial(OpenBeneath(folder.get(), ".", kFolderFlags));
  return Root(std::move(folder), trial.valid() ? Confinement::kKernel : Confinement::kWalk);
}

Root::Opened Root::OpenFile(const std::string& relative) const {
  if (confinement_ == Confinement::kWalk) return Walk(relative);
  return Result(OpenBeneath(folder_.get(), relative.c_str(), kReadFlags));
}

Root::Opened Root::Walk(const std::string& relative) const {
  os::UniqueFd held;
  int folder = folder_.get();
  std::string_view rest = relative;
  for (size_t slash; (slash = rest.find('/')) != std::string_view::npos;
       rest.remove_prefix(slash + 1)) {
    const std::string segment(rest.substr(0, slash));
    os::UniqueFd next(openat(folder, segment.c_str(), kFolderFlags | O_NOFOLLOW));
    if (!next.valid()) return Result(-1);
    held = std::move(next);
    folder = held.get();
  }
  return Result(openat(folder, std::string(rest).c_str(), kReadFlags | O_NOFOLLOW));
}

int Root::Stat(const std::string& relative, struct stat* out) const {
  return fstatat(folder_.get(), relative.c_str(), out, 0) == 0 ? 0 : errno;
}

}  // namespace rollport::httpd
