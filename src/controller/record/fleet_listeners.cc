#include "controller/record/fleet_listeners.h"

#include "os/address.h"
#include "os/sock_diag.h"

namespace rollport::controller {

std::set<uint64_t> ListenersOn(const std::set<std::string>& addresses) {
  std::set<uint64_t> inodes;
  absl::StatusOr<os::SockDiag> diag = os::SockDiag::Create();
  if (!diag.ok()) return inodes;
  for (const std::string& text : addresses) {
    const absl::StatusOr<os::SocketAddress> address = os::SocketAddress::Parse(text);
    if (!address.ok()) continue;
    const auto listeners = diag->DumpListeners(address->family(), address->port());
    if (!listeners.ok()) continue;
    for (const os::ListenerInfo& listener : *listeners) {
      if (listener.local == *address) inodes.insert(listener.inode);
    }
  }
  return inodes;
}

}  // namespace rollport::controller
