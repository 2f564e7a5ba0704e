// Writes to a descriptor that other processes share, such as stderr, and never waits for its
// reader.
#ifndef ROLLPORT_OS_BOUNDED_WRITER_H_
#define ROLLPORT_OS_BOUNDED_WRITER_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "os/unique_fd.h"

namespace rollport::os {

// A pipe or a terminal is opened anew, because O_NONBLOCK on the descriptor itself would hold for
// every process that shares it. If it cannot be opened (another user's), it is looked at before
// each write, and at most PIPE_BUF bytes are written: a pipe that poll(2) calls writable takes
// these (pipe(7)). A regular file is written to at once. What cannot be written is kept, in order.
class BoundedWriter {
 public:
  // `fd` is borrowed. Keeps at most `capacity` bytes.
  BoundedWriter(int fd, size_t capacity);

  // Writes `text`, or keeps what cannot be written yet. False, and nothing of it is written, if it
  // does not fit.
  bool Write(std::string_view text);
  // Writes what is kept, as far as that is possible now. True if nothing is left.
  bool Flush();
  // The same, and waits up to `limit` for the reader.
  bool FlushFor(absl::Duration limit);
  // True if something is kept.
  bool waits() const { return !kept_.empty(); }

 private:
  int fd() const { return own_.valid() ? own_.get() : fd_; }
  bool WriteSome();

  const int fd_;
  const size_t capacity_;
  UniqueFd own_;         // opened anew, non-blocking
  bool socket_ = false;  // for send(2)
  bool waits_ = false;   // no own descriptor, and a write may block
  std::string kept_;
};

}  // namespace rollport::os

#endif  // ROLLPORT_OS_BOUNDED_WRITER_H_
