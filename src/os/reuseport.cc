#include "os/reuseport.h"

#include <sys/socket.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "os/errno_status.h"
#include "os/socket.h"

namespace rollport::os {

absl::Status AttachProgram(int fd, std::span<const sock_filter> program) {
  if (program.size() > BPF_MAXINSNS) {
    return absl::InvalidArgumentError(
        absl::StrCat("a program of ", program.size(), " instructions; ", BPF_MAXINSNS, " fit"));
  }
  // The kernel only reads it.
  const sock_fprog argument = {.len = static_cast<unsigned short>(program.size()),
                               .filter = const_cast<sock_filter*>(program.data())};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &argument, sizeof argument) != 0) {
    return ErrnoStatus(errno, "setsockopt SO_ATTACH_REUSEPORT_CBPF on " + LocalName(fd));
  }
  return absl::OkStatus();
}

absl::Status DetachProgram(int fd) {
  const int unused = 0;
  if (setsockopt(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &unused, sizeof unused) != 0 &&
      errno != ENOENT) {
    return ErrnoStatus(errno, "setsockopt SO_DETACH_REUSEPORT_BPF on " + LocalName(fd));
  }
  return absl::OkStatus();
}

}  // namespace rollport::os
