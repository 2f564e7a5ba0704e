// Settings of the kernel: sysctl(8).
#ifndef ROLLPORT_OS_SYSCTL_H_
#define ROLLPORT_OS_SYSCTL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollport::os {

// Whether the connections of a listener that is closed go to another member of its group; it
// governs IPv6 too. Since Linux 5.14: ip-sysctl.rst.
inline constexpr std::string_view kTcpMigrateReq = "net.ipv4.tcp_migrate_req";

// The value of a setting that is one number. Names with "net." are of this process's network
// namespace. nullopt if the kernel does not have the setting, or if it is not a number.
std::optional<int64_t> ReadSysctl(std::string_view name);

// The host's name, as gethostname(2) has it: kernel.hostname. Empty if it cannot be read.
std::string HostName();

// Whether kTcpMigrateReq is on. False on a kernel without it.
bool MigratesRequests();

// The lowest port that may be bound without CAP_NET_BIND_SERVICE:
// net.ipv4.ip_unprivileged_port_start (ip-sysctl.rst), or the default, 1024.
int64_t FirstUnprivilegedPort();

// Whether the kernel may choose a port between these two for a client: what is in
// net.ipv4.ip_local_port_range and not in net.ipv4.ip_local_reserved_ports; they govern IPv6 too
// (ip-sysctl.rst). False if they cannot be read.
bool ChoosesPortsBetween(uint16_t first, uint16_t last);
// The same, given what the two settings read.
bool ChoosesPortsBetween(uint16_t first, uint16_t last, std::string_view range,
                         std::string_view reserved);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_SYSCTL_H_
