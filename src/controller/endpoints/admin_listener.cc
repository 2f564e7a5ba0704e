#include "controller/endpoints/admin_listener.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "os/port_holder.h"
#include "os/socket.h"

namespace rollport::controller {
namespace {

// Long, because the kernel counts an accept queue that overflows with the losses of the fleet.
constexpr int kAdminBacklog = 1024;

}  // namespace

absl::StatusOr<os::UniqueFd> ListenAdmin(os::SockDiag& diag, const std::string& address) {
  ASSIGN_OR_RETURN(const os::SocketAddress parsed, os::SocketAddress::Parse(address));
  absl::StatusOr<os::UniqueFd> fd = os::ListenAlone(parsed, kAdminBacklog);
  if (fd.ok()) return fd;
  return absl::Status(
      fd.status().code(),
      absl::StrCat("admin: ", fd.status().message(), os::PortHolder(diag, parsed),
                   "; give this fleet an address of its own, such as admin = \"",
                   parsed.with_port(static_cast<uint16_t>(parsed.port() + 1)).ToString(),
                   "\", or none by admin = \"\""));
}

}  // namespace rollport::controller
