// What /proc tells of a process: proc(5). Every answer is a moment old; a process that has gone in
// the meantime is kNotFound, and a list leaves it out.
#ifndef ROLLPORT_OS_PROC_H_
#define ROLLPORT_OS_PROC_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace rollport::os {

// The children of `pid`, their children, and so on, parents first, without `pid` itself. A process
// whose parent has ended is nobody's descendant any more. One that forks while we look may be
// missed.
std::vector<pid_t> DescendantPids(pid_t pid);

struct ProcessSocket {
  int fd;          // its number in that process
  uint64_t inode;  // as in os/sock_diag.h
  friend bool operator==(const ProcessSocket&, const ProcessSocket&) = default;
};
// The open sockets of `pid`, by rising number. kPermissionDenied where it is another user's.
absl::StatusOr<std::vector<ProcessSocket>> Sockets(pid_t pid);
// The number by which `pid` holds that socket, or nullopt where it does not.
absl::StatusOr<std::optional<int>> FindSocketFd(pid_t pid, uint64_t inode);
// The numbers of those open files of `pid` whose link in /proc/PID/fd reads `name`, rising.
absl::StatusOr<std::vector<int>> DescriptorsNamed(pid_t pid, const std::string& name);
// Every process that we may look into and that holds that socket. Reads all of /proc: only for a
// message to a person.
std::vector<pid_t> SocketHolders(uint64_t inode);

absl::StatusOr<pid_t> ParentPid(pid_t pid);
// Clock ticks since boot at its start. (pid, start time) names one process for ever.
absl::StatusOr<uint64_t> StartTime(pid_t pid);
// Its effective user.
absl::StatusOr<uid_t> UserOf(pid_t pid);
// Every process that we may look into and that was executed with this variable, "KEY=VALUE", in its
// environment. Reads all of /proc.
std::vector<pid_t> ProcessesTold(const std::string& variable);
// Names this boot of the kernel: random(4). pids and start times mean something within one only.
std::string BootId();
// The first 15 bytes of its name.
absl::StatusOr<std::string> Comm(pid_t pid);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_PROC_H_
