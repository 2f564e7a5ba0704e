#include "controller/reserve.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "os/proc.h"
#include "os/socket.h"
#include "os/sysctl.h"

namespace rollport::controller {
namespace {

// A queue that runs over is counted by the kernel among losses, and these are none.
constexpr int kAdminBacklog = 1024;

bool Overlaps(const os::SocketAddress& a, const os::SocketAddress& b) {
  return a == b || a.IsWildcard() || b.IsWildcard();
}

// Who listens where `address` is to be bound; empty where that cannot be seen.
std::string Holder(os::SockDiag& diag, const os::SocketAddress& address) {
  const auto listeners = diag.DumpListeners(address.family(), address.port());
  if (!listeners.ok()) return "";
  for (const os::ListenerInfo& l : *listeners) {
    if (!Overlaps(l.local, address)) continue;
    const std::vector<pid_t> holders = os::SocketHolders(l.inode);
    if (holders.empty()) return absl::StrCat(": a process of user ", l.uid, " listens there");
    const absl::StatusOr<std::string> name = os::Comm(holders.front());
    return absl::StrCat(": ", name.ok() ? *name : "?", " (process ", holders.front(), ", user ",
                        l.uid, ") listens there");
  }
  return "";
}

// What a refusal to bind to a low port wants; empty where that is not why. ip-sysctl.rst.
std::string Privilege(const absl::Status& status, const os::SocketAddress& address) {
  const int64_t first_free = os::FirstUnprivilegedPort();
  if (!absl::IsPermissionDenied(status) || address.port() >= first_free) return "";
  return absl::StrCat(": ports below ", first_free,
                      " are for root, and for programs with CAP_NET_BIND_SERVICE");
}

}  // namespace

absl::StatusOr<std::vector<os::UniqueFd>> Reserve(os::SockDiag& diag,
                                                  const std::vector<os::SocketAddress>& addresses,
                                                  const std::optional<os::Credentials>& owner) {
  std::optional<os::FileSystemUser> as_owner;
  if (owner.has_value()) as_owner.emplace(owner->uid, owner->gid);
  std::vector<os::UniqueFd> reserved;
  for (const os::SocketAddress& address : addresses) {
    absl::StatusOr<os::UniqueFd> fd = os::Bind(address);
    if (!fd.ok()) {
      return absl::Status(fd.status().code(),
                          absl::StrCat(fd.status().message(), Holder(diag, address),
                                       Privilege(fd.status(), address)));
    }
    reserved.push_back(*std::move(fd));
  }
  return reserved;
}

absl::StatusOr<os::UniqueFd> ListenAdmin(os::SockDiag& diag, const std::string& address) {
  ASSIGN_OR_RETURN(const os::SocketAddress parsed, os::SocketAddress::Parse(address));
  absl::StatusOr<os::UniqueFd> fd = os::ListenAlone(parsed, kAdminBacklog);
  if (fd.ok()) return fd;
  return absl::Status(
      fd.status().code(),
      absl::StrCat("admin: ", fd.status().message(), Holder(diag, parsed),
                   "; give this fleet an address of its own, such as admin = \"",
                   parsed.with_port(static_cast<uint16_t>(parsed.port() + 1)).ToString(),
                   "\", or none by admin = \"\""));
}

}  // namespace rollport::controller
