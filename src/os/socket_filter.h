// A filter of the packets of one socket: SO_ATTACH_FILTER of socket(7).
#ifndef ROLLPORT_OS_SOCKET_FILTER_H_
#define ROLLPORT_OS_SOCKET_FILTER_H_

#include <linux/filter.h>

#include <span>

#include "absl/status/status.h"

namespace rollport::os {

// From now on `fd` gets only the packets that the program lets pass: those for which it does not
// return 0. Needs no privilege. REQUIRES: the program has at most BPF_MAXINSNS instructions.
absl::Status AttachFilter(int fd, std::span<const sock_filter> program);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_SOCKET_FILTER_H_
