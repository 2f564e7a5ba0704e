#include "controller/traffic/placeholder.h"

#include <linux/filter.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/status_macros.h"
#include "os/errno_status.h"
#include "os/socket.h"
#include "os/socket_filter.h"

namespace rollport::controller {
namespace {

// A listener's filter sees every packet that the look-up gives to it (tcp_filter in tcp_v4_rcv,
// net/ipv4/tcp_ipv4.c; IPv6 alike).
absl::Status DropAll(int fd) {
  const sock_filter none[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  return os::AttachFilter(fd, none);
}

}  // namespace

absl::StatusOr<Placeholder> Placeholder::Create(const os::SocketAddress& address,
                                                const std::optional<os::Credentials>& owner) {
  std::optional<os::FileSystemUser> as_owner;
  if (owner.has_value()) as_owner.emplace(owner->uid, owner->gid);
  ASSIGN_OR_RETURN(os::UniqueFd fd, os::Bind(address));
  RETURN_IF_ERROR(DropAll(fd.get()));
  RETURN_IF_ERROR(os::StartListening(fd.get(), 1));
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return os::ErrnoStatus(errno, "fstat of a placeholder");
  return Placeholder(std::move(fd), info.st_ino);
}

void Placeholder::Leave() {
  os::ShutdownListener(listener_.get()).IgnoreError();
  listener_.Reset();
}

}  // namespace rollport::controller
