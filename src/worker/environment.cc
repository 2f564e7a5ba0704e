#include "worker/environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "os/errno_status.h"
#include "protocol/variables.h"

namespace rollport::worker {
namespace {

// The value, or "" if it is unset; unsets it.
std::string Take(const char* name) {
  const char* value = getenv(name);
  std::string text = value == nullptr ? "" : value;
  unsetenv(name);
  return text;
}

absl::Status Bad(const char* name, const std::string& value, const char* wanted) {
  return absl::InvalidArgumentError(absl::StrCat(name, "=\"", value, "\": not ", wanted));
}

absl::StatusOr<int> TakeNumber(const char* name, int otherwise) {
  const std::string text = Take(name);
  if (text.empty()) return otherwise;
  int number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 0) return Bad(name, text, "a number");
  return number;
}

absl::Status CloseOnExec(int fd) {
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) return absl::OkStatus();
  return os::ErrnoStatus(errno, absl::StrCat("fcntl on inherited descriptor ", fd));
}

// Invalid if the variable is unset.
absl::StatusOr<os::UniqueFd> TakeDescriptor(const char* name) {
  ASSIGN_OR_RETURN(const int fd, TakeNumber(name, -1));
  if (fd >= 0) RETURN_IF_ERROR(CloseOnExec(fd));
  return os::UniqueFd(fd);
}

absl::StatusOr<std::vector<os::UniqueFd>> TakeListeners() {
  std::vector<os::UniqueFd> listeners;
  ASSIGN_OR_RETURN(const int pid, TakeNumber(protocol::kListenPid, 0));
  ASSIGN_OR_RETURN(const int count, TakeNumber(protocol::kListenFds, 0));
  unsetenv(protocol::kListenFdNames);
  // They were meant for an ancestor that passed its environment on.
  if (pid != getpid()) return listeners;
  for (int fd = protocol::kFirstListenFd; fd < protocol::kFirstListenFd + count; ++fd) {
    RETURN_IF_ERROR(CloseOnExec(fd));
    if (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) != 0) {
      return os::ErrnoStatus(errno, absl::StrCat("fcntl on inherited descriptor ", fd));
    }
    listeners.emplace_back(fd);
  }
  return listeners;
}

}  // namespace

absl::StatusOr<Environment> TakeEnvironment() {
  Environment environment;
  environment.listen = absl::StrSplit(Take(protocol::kListen), ' ', absl::SkipEmpty());
  ASSIGN_OR_RETURN(environment.slot, TakeNumber(protocol::kSlot, -1));
  environment.generation = Take(protocol::kGeneration);
  if (const std::string text = Take(protocol::kDrainTimeout); !text.empty()) {
    absl::Duration duration;
    if (!absl::ParseDuration(text, &duration) || duration < absl::ZeroDuration()) {
      return Bad(protocol::kDrainTimeout, text, "a duration such as 30s");
    }
    environment.drain_timeout = duration;
  }
  ASSIGN_OR_RETURN(environment.page, TakeDescriptor(protocol::kPageFd));
  ASSIGN_OR_RETURN(environment.handover, TakeDescriptor(protocol::kHandoverFd));
  ASSIGN_OR_RETURN(environment.inherited, TakeListeners());
  return environment;
}

}  // namespace rollport::worker
