// Processes held by descriptor: pidfd_open(2), pidfd_getfd(2). A pid may be reused for another
// process; a pidfd always means the same one.
#ifndef ROLLPORT_OS_PIDFD_H_
#define ROLLPORT_OS_PIDFD_H_

#include <sys/types.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "os/unique_fd.h"

namespace rollport::os {

// Readable when the process has ended. kNotFound if there is no process with this pid.
absl::StatusOr<UniqueFd> PidfdOpen(pid_t pid);

// A duplicate of descriptor `number` of that process. kPermissionDenied if ptrace(2) access is
// refused: the process is of another UID, or Yama demands a descendant. A listener stays in its
// group as long as this duplicate is open, so hold it only for the call that needs it.
absl::StatusOr<UniqueFd> PidfdGetFd(int pidfd, int number);

// kNotFound if the process has ended and been reaped.
absl::Status PidfdSendSignal(int pidfd, int signal);

// To the process group that it leads, or led before it ended. kNotFound if the group is empty.
// kInvalidArgument before Linux 6.9.
absl::Status PidfdSignalGroup(int pidfd, int signal);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_PIDFD_H_
