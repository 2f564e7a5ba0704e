#include "os/port_holder.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "os/proc.h"

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
    const std::vector<pid_t> holders = SocketHolders(l.inode);
    if (holders.empty()) return absl::StrCat(": a process of user ", l.uid, " listens there");
    const absl::StatusOr<std::string> name = Comm(holders.front());
    return absl::StrCat(": ", name.ok() ? *name : "?", " (process ", holders.front(), ", user ",
                        l.uid, ") listens there");
  }
  return "";
}

}  // namespace rollport::os
