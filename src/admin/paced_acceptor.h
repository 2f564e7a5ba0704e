// Accepts the clients of one listener, a few at a time with a pause between, so that a flood of
// clients takes only a part of the process's time.
#ifndef ROLLPORT_ADMIN_PACED_ACCEPTOR_H_
#define ROLLPORT_ADMIN_PACED_ACCEPTOR_H_

#include <functional>

#include "absl/status/status.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::admin {

class PacedAcceptor {
 public:
  // `listener` is a listening stream socket, non-blocking; `accepted` is given each client's
  // socket, non-blocking too. `loop` outlives this.
  PacedAcceptor(os::EventLoop& loop, os::UniqueFd listener,
                std::function<void(os::UniqueFd)> accepted);
  // To be called once, first.
  absl::Status Start();

 private:
  void AcceptSome();

  const os::UniqueFd listener_;
  const std::function<void(os::UniqueFd)> accepted_;
  os::FdWatch watch_;
  os::Timer again_;
};

}  // namespace rollport::admin

#endif  // ROLLPORT_ADMIN_PACED_ACCEPTOR_H_
