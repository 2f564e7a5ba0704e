// Signals as something to read.
#ifndef ROLLPORT_OS_SIGNALS_H_
#define ROLLPORT_OS_SIGNALS_H_

#include <sys/signalfd.h>

#include <initializer_list>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "os/unique_fd.h"

namespace rollport::os {

// Owns a signalfd(2). The signals stay blocked in this process when it is destroyed; os/child.h
// gives every child an empty mask and default dispositions.
class SignalFd {
 public:
  // Blocks `signals` in the calling thread and makes them readable instead. REQUIRES: all other
  // threads of this process block them too.
  static absl::StatusOr<SignalFd> Create(std::initializer_list<int> signals);

  // Borrowed. Readable when a signal waits.
  int fd() const { return fd_.get(); }
  // The next signal (ssi_signo, ssi_pid, …: signalfd(2)), or nullopt if none waits. Several signals
  // of one kind may have become one.
  std::optional<signalfd_siginfo> Read();

 private:
  explicit SignalFd(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace rollport::os

#endif  // ROLLPORT_OS_SIGNALS_H_
