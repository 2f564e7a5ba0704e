#include "controller/process/inherited_listeners.h"

#include <fcntl.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "os/child.h"
#include "os/errno_status.h"
#include "os/socket.h"
#include "os/unique_fd.h"

namespace rollport::controller {
namespace {

// The kernel takes the smaller of this and net.core.somaxconn.
constexpr int kBacklog = 4096;

}  // namespace

absl::Status PassListeners(const std::vector<os::SocketAddress>& addresses, int first,
                           const std::optional<os::Credentials>& owner) {
  std::optional<os::FileSystemUser> as_owner;
  if (owner.has_value()) as_owner.emplace(owner->uid, owner->gid);
  for (size_t i = 0; i < addresses.size(); ++i) {
    ASSIGN_OR_RETURN(os::UniqueFd fd, os::Listen(addresses[i], kBacklog));
    if (fcntl(fd.get(), F_SETFL, O_RDWR) != 0) {
      return os::ErrnoStatus(errno, "fcntl on " + addresses[i].ToString());
    }
    const int number = first + static_cast<int>(i);
    RETURN_IF_ERROR(os::PassAs(fd.get(), number));
    // It is where it has to stay open.
    if (fd.get() == number) (void)fd.Release();
  }
  return absl::OkStatus();
}

std::string ListenerNames(const std::vector<os::SocketAddress>& addresses) {
  return absl::StrJoin(addresses, ":", [](std::string* out, const os::SocketAddress& address) {
    absl::StrAppend(out, address.port());
  });
}

}  // namespace rollport::controller
