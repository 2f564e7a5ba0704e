#include "controller/traffic/reserve.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "os/port_holder.h"
#include "os/socket.h"
#include "os/sysctl.h"

namespace rollport::controller {
namespace {

// What a process needs to bind this low port (ip-sysctl.rst); empty if the refusal has another
// reason.
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
    absl::StatusOr<os::UniqueFd> fd = os::HoldPort(address);
    if (!fd.ok()) {
      const std::string holder =
          os::IsNoAddressHere(fd.status()) ? "" : os::PortHolder(diag, address);
      return absl::Status(fd.status().code(), absl::StrCat(fd.status().message(), holder,
                                                           Privilege(fd.status(), address)));
    }
    reserved.push_back(*std::move(fd));
  }
  return reserved;
}

}  // namespace rollport::controller
