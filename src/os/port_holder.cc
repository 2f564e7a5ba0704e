#include "os/port_holder.h"

#include <sys/socket.h>

#include <cerrno>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status_macros.h"
#include "os/errno_status.h"
#include "os/proc.h"
#include "os/socket.h"

namespace rollport::os {
namespace {

bool Overlaps(const SocketAddress& a, const SocketAddress& b) {
  return a == b || a.IsWildcard() || b.IsWildcard();
}

}  // namespace

std::string PortHolder(SockDiag& diag, const SocketAddress& address) {
  const auto listeners = diag.DumpListeners(address.family(), address.port());
  if (!listeners.ok()) return "";
  for (const ListenerInfo& l : *listeners) {
    if (!Overlaps(l.local, address)) continue;
    return absl::StrCat(": ", HolderOf(l), " listens there");
  }
  return "";
}

std::string HolderOf(const ListenerInfo& listener) {
  const std::vector<pid_t> holders = SocketHolders(listener.inode);
  if (holders.empty()) return absl::StrCat("a process of user ", listener.uid);
  const absl::StatusOr<std::string> name = Comm(holders.front());
  return absl::StrCat(name.ok() ? Printable(*name) : "?", " (process ", holders.front(), ", user ",
                      listener.uid, ")");
}

absl::StatusOr<UniqueFd> HoldPort(const SocketAddress& address) {
  ASSIGN_OR_RETURN(UniqueFd fd, Bind(address));
  const int off = 0;
  if (setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &off, sizeof off) != 0) {
    return ErrnoStatus(errno, "setsockopt on " + address.ToString());
  }
  return fd;
}

// EADDRNOTAVAIL, as absl::ErrnoToStatusCode translates it; no other error of bind(2) becomes that.
bool IsNoAddressHere(const absl::Status& status) { return absl::IsAlreadyExists(status); }

}  // namespace rollport::os
