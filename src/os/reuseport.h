// The steering program of a SO_REUSEPORT group: socket(7), net/core/sock_reuseport.c.
#ifndef ROLLPORT_OS_REUSEPORT_H_
#define ROLLPORT_OS_REUSEPORT_H_

#include <linux/filter.h>

#include <span>

#include "absl/status/status.h"

namespace rollport::os {

// Replaces the program, if any, of the group that the listening or bound socket `fd` is in. Every
// packet is steered by either the former or the new one. Any member will do, no privilege is
// needed, and the program outlives the member through which it was attached. Errors:
// kInvalidArgument if `fd` is in no group, or if the kernel refuses the program (one of more than
// 4096 instructions, too); kResourceExhausted (ENOMEM) if net.core.optmem_max is too small for it.
absl::Status AttachProgram(int fd, std::span<const sock_filter> program);

// Removes the group's program, so that the kernel's hash chooses. Not an error if there is none.
// Since Linux 5.3.
absl::Status DetachProgram(int fd);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_REUSEPORT_H_
