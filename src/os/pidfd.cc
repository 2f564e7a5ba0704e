#include "os/pidfd.h"

#include <sys/syscall.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "os/errno_status.h"

namespace rollport::os {

absl::StatusOr<UniqueFd> PidfdOpen(pid_t pid) {
  // Sets close-on-exec by itself.
  UniqueFd fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!fd.valid()) return ErrnoStatus(errno, absl::StrCat("pidfd_open on process ", pid));
  return fd;
}

absl::StatusOr<UniqueFd> PidfdGetFd(int pidfd, int number) {
  // The duplicate is close-on-exec.
  UniqueFd fd(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, number, 0)));
  if (!fd.valid()) {
    return ErrnoStatus(errno, absl::StrCat("pidfd_getfd of descriptor ", number));
  }
  return fd;
}

absl::Status PidfdSendSignal(int pidfd, int signal) {
  if (syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) != 0) {
    return ErrnoStatus(errno, absl::StrCat("pidfd_send_signal ", signal));
  }
  return absl::OkStatus();
}

absl::Status PidfdSignalGroup(int pidfd, int signal) {
  constexpr unsigned kProcessGroup = 1U << 2;  // PIDFD_SIGNAL_PROCESS_GROUP of <linux/pidfd.h>
  if (syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, kProcessGroup) != 0) {
    return ErrnoStatus(errno, absl::StrCat("pidfd_send_signal ", signal, " to a group"));
  }
  return absl::OkStatus();
}

}  // namespace rollport::os
