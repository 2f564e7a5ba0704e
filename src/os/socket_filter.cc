#include "os/socket_filter.h"

#include <sys/socket.h>

#include <cerrno>

#include "os/errno_status.h"

namespace rollport::os {

absl::Status AttachFilter(int fd, std::span<const sock_filter> program) {
  // The kernel only reads it.
  const sock_fprog argument = {.len = static_cast<unsigned short>(program.size()),
                               .filter = const_cast<sock_filter*>(program.data())};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &argument, sizeof argument) != 0) {
    return ErrnoStatus(errno, "setsockopt SO_ATTACH_FILTER");
  }
  return absl::OkStatus();
}

}  // namespace rollport::os
