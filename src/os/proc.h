// What /proc tells about processes: proc(5). Every answer may be out of date when it is returned. A
// process that is not there, or ends meanwhile, is kNotFound, and is left out of a list.
#ifndef ROLLPORT_OS_PROC_H_
#define ROLLPORT_OS_PROC_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace rollport::os {

// `pid`, its parent, and so on; without the machine's first process.
std::vector<pid_t> WithAncestors(pid_t pid);
// The children of `pid`, their children, and so on, parents first, without `pid` itself. A process
// whose parent has ended is not among them, and one that is forked meanwhile may be missing.
std::vector<pid_t> DescendantPids(pid_t pid);

struct ProcessSocket {
  int fd;          // its number in that process
  uint64_t inode;  // as in os/sock_diag.h
  friend bool operator==(const ProcessSocket&, const ProcessSocket&) = default;
};
// The open sockets of `pid`, in ascending order of their numbers. kPermissionDenied if it is
// another user's process.
absl::StatusOr<std::vector<ProcessSocket>> Sockets(pid_t pid);
// The number by which `pid` holds that socket, or nullopt if it does not. Errors as of Sockets().
absl::StatusOr<std::optional<int>> FindSocketFd(pid_t pid, uint64_t inode);
// The numbers, in ascending order, of those open files of `pid` whose link in /proc/PID/fd reads
// `name`. Errors as of Sockets().
absl::StatusOr<std::vector<int>> DescriptorsNamed(pid_t pid, const std::string& name);
// Every process that holds that socket, among those that this process may look into. Reads all of
// /proc: only for a message to a person.
std::vector<pid_t> SocketHolders(uint64_t inode);

// 'R', 'S', 'T', 'Z' and so on: proc_pid_stat(5).
absl::StatusOr<char> StateOf(pid_t pid);
absl::StatusOr<pid_t> ParentPid(pid_t pid);
// When it was started, in clock ticks since boot. No two processes have the same pid and start
// time.
absl::StatusOr<uint64_t> StartTime(pid_t pid);
// Its effective user.
absl::StatusOr<uid_t> UserOf(pid_t pid);
// Physical memory in use: its resident set.
absl::StatusOr<int64_t> ResidentBytes(pid_t pid);
// The first 15 bytes of its name.
absl::StatusOr<std::string> Comm(pid_t pid);
// Whether it was executed with `variable`, "KEY=VALUE", in its environment. kPermissionDenied if
// this process may not look into it.
absl::StatusOr<bool> HasVariable(pid_t pid, const std::string& variable);
// The value of that variable; nullopt if it was executed without. A process may have overwritten
// its environment (setproctitle(3)), and is then as one that was executed with none. Errors as of
// HasVariable().
absl::StatusOr<std::optional<std::string>> VariableOf(pid_t pid, const std::string& name);
// Every process that was executed with `variable`, "KEY=VALUE", in its environment, among those
// that this process may look into. Reads all of /proc.
std::vector<pid_t> ProcessesWithVariable(const std::string& variable);
// Names this boot of the kernel: random(4). pids and start times mean something within one boot
// only. Empty if it cannot be read.
std::string BootId();

}  // namespace rollport::os

#endif  // ROLLPORT_OS_PROC_H_
