#include "admin/outbox.h"

#include <sys/socket.h>

#include <cerrno>

namespace rollport::admin {

std::optional<size_t> Outbox::Flush(int fd) {
  const size_t before = sent_;
  while (!empty()) {
    const ssize_t n = send(fd, bytes_.data() + sent_, pending(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return sent_ - before;
    if (n < 0) return std::nullopt;
    sent_ += static_cast<size_t>(n);
  }
  const size_t moved = sent_ - before;
  bytes_.clear();
  sent_ = 0;
  return moved;
}

}  // namespace rollport::admin
