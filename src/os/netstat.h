// What the kernel counts for a whole network namespace.
#ifndef ROLLPORT_OS_NETSTAT_H_
#define ROLLPORT_OS_NETSTAT_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace rollport::os {

// Counters of the line TcpExt of /proc/net/netstat (net/ipv4/proc.c); they only go up. A counter
// that the kernel does not have is 0: those of migrated requests came with Linux 5.14.
struct TcpCounters {
  int64_t listen_overflows = 0;         // ListenOverflows: an accept queue was full
  int64_t listen_drops = 0;             // ListenDrops: a connection was dropped, for any reason
  int64_t migrate_request_success = 0;  // TCPMigrateReqSuccess
  int64_t migrate_request_failure = 0;  // TCPMigrateReqFailure

  // By how much each has grown.
  friend TcpCounters operator-(const TcpCounters& now, const TcpCounters& before);
  friend bool operator==(const TcpCounters&, const TcpCounters&) = default;
};

// The counters of this process's network namespace. Takes some tens of microseconds. Errors:
// "/proc/net/netstat: No such file or directory".
absl::StatusOr<TcpCounters> ReadTcpCounters();
// The counters in the text of that file: pairs of lines, the names and then the values.
TcpCounters ParseTcpCounters(std::string_view netstat);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_NETSTAT_H_
