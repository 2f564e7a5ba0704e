#include "controller/endpoints/admin_hosts.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/strings.h"

namespace rollport::controller {
namespace {

// "[::1]:9180", "[::1]" and "::1" as "::1"; "web1.:9180" as "web1".
std::string_view WithoutPort(std::string_view host) {
  if (host.starts_with('[')) {
    const size_t end = host.find(']');
    return end == std::string_view::npos ? "" : host.substr(1, end - 1);
  }
  if (host.find(':') != host.rfind(':')) return host;
  host = host.substr(0, host.find(':'));
  // The dot at the end only says that the name is complete.
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

// With port 0.
std::optional<os::SocketAddress> AsAddress(std::string_view host) {
  const bool six = host.find(':') != std::string_view::npos;
  const auto address = os::SocketAddress::Parse(six ? absl::StrCat("[", ToAbsl(host), "]:0")
                                                    : absl::StrCat(ToAbsl(host), ":0"));
  return address.ok() ? std::optional(*address) : std::nullopt;
}

bool IsLoopback(const os::SocketAddress& address) {
  return address.family() == AF_INET ? address.host_bytes()[0] == 127
                                     : address.HostToString() == "::1";
}

bool IsSame(std::string_view a, std::string_view b) {
  const auto address = AsAddress(a);
  if (address.has_value()) return address == AsAddress(b);
  return absl::EqualsIgnoreCase(ToAbsl(a), ToAbsl(b));
}

}  // namespace

bool IsAdminHost(std::string_view host, const os::SocketAddress& admin, std::string_view own_name,
                 const std::vector<std::string>& configured) {
  const std::string_view name = WithoutPort(host);
  const bool listed = std::any_of(configured.begin(), configured.end(), [&](const auto& entry) {
    return IsSame(name, WithoutPort(entry));
  });
  if (listed || IsSame(name, "localhost")) return true;
  // A web page cannot have an IP address lead elsewhere, as it can a name.
  if (const auto address = AsAddress(name)) {
    return IsLoopback(*address) || admin.IsWildcard() || *address == admin.with_port(0);
  }
  return !IsLoopback(admin) && !own_name.empty() && IsSame(name, WithoutPort(own_name));
}

}  // namespace rollport::controller
