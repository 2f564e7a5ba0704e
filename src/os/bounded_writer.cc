#include "os/bounded_writer.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "base/instant.h"
#include "os/event_loop.h"

namespace rollport::os {
namespace {

bool PollWritable(int fd, int milliseconds) {
  pollfd p = {.fd = fd, .events = POLLOUT, .revents = 0};
  return poll(&p, 1, milliseconds) > 0;
}

}  // namespace

BoundedWriter::BoundedWriter(int fd, size_t capacity) : fd_(fd), capacity_(capacity) {
  struct stat kind;
  if (fstat(fd, &kind) != 0) return;
  socket_ = S_ISSOCK(kind.st_mode);
  if (!S_ISFIFO(kind.st_mode) && isatty(fd) == 0) return;
  own_ = UniqueFd(open(absl::StrCat("/proc/self/fd/", fd).c_str(),
                       O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  waits_ = !own_.valid();
}

bool BoundedWriter::Write(std::string_view text) {
  if (!Flush() && kept_.size() + text.size() > capacity_) return false;
  kept_.append(text);
  Flush();
  return true;
}

bool BoundedWriter::Flush() {
  while (!kept_.empty() && WriteSome()) {
  }
  return kept_.empty();
}

// False if nothing can be written now.
bool BoundedWriter::WriteSome() {
  const size_t most = waits_ ? std::min<size_t>(kept_.size(), PIPE_BUF) : kept_.size();
  if (waits_ && !PollWritable(fd_, 0)) return false;
  const ssize_t n = socket_ ? send(fd_, kept_.data(), most, MSG_DONTWAIT | MSG_NOSIGNAL)
                            : write(fd(), kept_.data(), most);
  if (n >= 0) {
    kept_.erase(0, static_cast<size_t>(n));
    return true;
  }
  if (errno == EAGAIN) return false;
  // Nobody reads any more, or the disk is full: it is lost, as it would be with a write that waits.
  if (errno != EINTR) kept_.clear();
  return errno == EINTR;
}

bool BoundedWriter::FlushFor(absl::Duration limit) {
  const Instant end = EventLoop::ReadNow() + limit;
  while (!Flush() && EventLoop::ReadNow() < end) PollWritable(fd(), 10);
  return kept_.empty();
}

}  // namespace rollport::os
