// The steering program of a SO_REUSEPORT group: socket(7), net/core/sock_reuseport.c.
#ifndef ROLLPORT_OS_REUSEPORT_H_
#define ROLLPORT_OS_REUSEPORT_H_

#include <linux/filter.h>

#include <span>

#include "absl/status/status.h"

namespace rollport::os {

// Gives the group of the listening or bound socket `fd` this program in place of the one it has;
// from then on every packet sees the one or the other. Any member will do, no privilege is needed,
// and the program outlives the member it was attached through. Errors: kInvalidArgument where `fd`
// is in no group or the kernel refuses the program (also one of more than 4096 instructions),
// kResourceExhausted (ENOMEM) where net.core.optmem_max is too small for it.
absl::Status AttachProgram(int fd, std::span<const sock_filter> program);

// Takes the program away: the kernel's hash chooses. Not an error where there was none. Linux 5.3.
absl::Status DetachProgram(int fd);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_REUSEPORT_H_
