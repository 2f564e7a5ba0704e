// Passes descriptors, or the error that there is instead, from a child process to its parent.
#ifndef ROLLPORT_TESTS_SUPPORT_FD_CHANNEL_H_
#define ROLLPORT_TESTS_SUPPORT_FD_CHANNEL_H_

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "os/unique_fd.h"

namespace rollport {

using Fds = std::vector<os::UniqueFd>;

// Runs `make` in a child process and returns the descriptors that it makes there, at most 16, or
// its error.
absl::StatusOr<Fds> MakeInChild(const std::function<absl::StatusOr<Fds>()>& make);

}  // namespace rollport

#endif  // ROLLPORT_TESTS_SUPPORT_FD_CHANNEL_H_
