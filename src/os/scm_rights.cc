#include "os/scm_rights.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace rollport::os {

void AttachFds(std::span<const int> fds, std::span<char> room, msghdr* message) {
  const size_t needed = CMSG_SPACE(fds.size_bytes());
  RP_CHECK(!fds.empty() && needed <= room.size(), absl::StrCat(fds.size(), " descriptors"));
  message->msg_control = room.data();
  message->msg_controllen = needed;
  cmsghdr* header = CMSG_FIRSTHDR(message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(fds.size_bytes());
  std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
}

void TakeFds(msghdr* message, std::vector<UniqueFd>* fds) {
  for (cmsghdr* h = CMSG_FIRSTHDR(message); h != nullptr; h = CMSG_NXTHDR(message, h)) {
    if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
      fds->emplace_back(fd);
    }
  }
}

}  // namespace rollport::os
