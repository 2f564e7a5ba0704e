// Descriptors that travel with a message over a Unix socket: SCM_RIGHTS of unix(7).
#ifndef ROLLPORT_OS_SCM_RIGHTS_H_
#define ROLLPORT_OS_SCM_RIGHTS_H_

#include <sys/socket.h>

#include <cstddef>
#include <span>
#include <vector>

#include "os/unique_fd.h"

namespace rollport::os {

// The most that the kernel lets one message carry: SCM_MAX_FD in include/net/scm.h.
inline constexpr size_t kMaxPassedFds = 253;

// Room for `kFds` descriptors in the control data of one message.
template <size_t kFds>
struct RightsBuffer {
  alignas(cmsghdr) char bytes[CMSG_SPACE(kFds * sizeof(int))] = {};
};

// Makes `*message` carry duplicates of `fds`, which are borrowed. `room` holds them until
// sendmsg(2) has returned. REQUIRES: there is at least one, and room for all.
void AttachFds(std::span<const int> fds, std::span<char> room, msghdr* message);

// Appends the descriptors that came with a received message to `*fds`. They are open from the
// return of recvmsg(2) on, so call this also for a message that is dropped. REQUIRES: it has not
// been called for this message yet.
void TakeFds(msghdr* message, std::vector<UniqueFd>* fds);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_SCM_RIGHTS_H_
