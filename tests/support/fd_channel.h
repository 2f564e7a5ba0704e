// Passes descriptors, or the reason why there are none, from a child process to its parent.
#ifndef ROLLPORT_TESTS_SUPPORT_FD_CHANNEL_H_
#define ROLLPORT_TESTS_SUPPORT_FD_CHANNEL_H_

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "os/unique_fd.h"

namespace rollport {

using Fds = std::vector<os::UniqueFd>;

// Runs `make` in a child process and returns the descriptors (at most 16) that it makes there.
absl::StatusOr<Fds> MakeInChild(const std::function<absl::StatusOr<Fds>()>& make);

}  // namespace rollport

#endif  // ROLLPORT_TESTS_SUPPORT_FD_CHANNEL_H_
