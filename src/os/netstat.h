// What the kernel counts for a whole network namespace.
#ifndef ROLLPORT_OS_NETSTAT_H_
#define ROLLPORT_OS_NETSTAT_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace rollport::os {

// Of the line TcpExt of /proc/net/netstat (net/ipv4/proc.c); they only go up. One that the kernel
// does not have is 0: those of migrated requests came with Linux 5.14.
struct TcpCounters {
  int64_t listen_overflows = 0;         // ListenOverflows: an accept queue was full
  int64_t listen_drops = 0;             // ListenDrops: a connection was dropped, for any reason
  int64_t migrate_request_success = 0;  // TCPMigrateReqSuccess
  int64_t migrate_request_failure = 0;  // TCPMigrateReqFailure
};

// Of this process's network namespace; some tens of microseconds.
absl::StatusOr<TcpCounters> ReadTcpCounters();
// The same of the file's text: lines in pairs, names and then values.
TcpCounters ParseTcpCounters(std::string_view netstat);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_NETSTAT_H_
