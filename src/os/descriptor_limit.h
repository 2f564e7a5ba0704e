// How many descriptors this process may have open: RLIMIT_NOFILE of getrlimit(2).
#ifndef ROLLPORT_OS_DESCRIPTOR_LIMIT_H_
#define ROLLPORT_OS_DESCRIPTOR_LIMIT_H_

#include <cstdint>

namespace rollport::os {

// The soft limit in force.
uint64_t DescriptorLimit();

// Raises the soft limit to the hard one. A process that is launched afterwards (os::Child) begins
// with the former soft limit, because programs that use select(2) break with descriptors above
// 1023.
void RaiseDescriptorLimit();

// Puts the former soft limit back, if it was raised: for a child before it executes a program.
void RestoreDescriptorLimit();

}  // namespace rollport::os

#endif  // ROLLPORT_OS_DESCRIPTOR_LIMIT_H_
