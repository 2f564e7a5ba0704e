#include "os/signals.h"

#include <cerrno>
#include <csignal>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "os/errno_status.h"

namespace rollport::os {

absl::StatusOr<SignalFd> SignalFd::Create(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  if (const int error = pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    return ErrnoStatus(error, "pthread_sigmask");
  }
  UniqueFd fd(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(errno, "signalfd");
  return SignalFd(std::move(fd));
}

std::optional<signalfd_siginfo> SignalFd::Read() {
  signalfd_siginfo info;
  const ssize_t n = read(fd_.get(), &info, sizeof info);
  if (n == static_cast<ssize_t>(sizeof info)) return info;
  RP_CHECK(n < 0 && (errno == EAGAIN || errno == EINTR),
           absl::StrCat("read gave ", n, ", errno ", errno));
  return std::nullopt;
}

}  // namespace rollport::os
