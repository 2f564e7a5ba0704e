// The worker that takes this one's idle connections while it drains.
#ifndef ROLLPORT_WORKER_SUCCESSOR_H_
#define ROLLPORT_WORKER_SUCCESSOR_H_

#include <functional>

#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "protocol/handover.h"

namespace rollport::worker {

class Successor {
 public:
  // `channel` is the controller's end of the successor's channel (protocol/handover.h). Calls
  // `on_ready` when the successor may take more after a kLater.
  Successor(os::EventLoop& loop, os::UniqueFd channel, std::function<void()> on_ready);

  enum class Answer {
    kTaken,  // a duplicate of the descriptor is in its queue
    kLater,  // its queue is full, or the kernel is short of memory: wait for `on_ready`
    kGone,   // it has ended, or takes no more
  };
  // Passes the connection `fd`, which stays the caller's.
  Answer Pass(int fd, const protocol::Message& connection);

 private:
  os::UniqueFd channel_;
  const std::function<void()> on_ready_;
  os::FdWatch watch_;
  os::Timer retry_;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_SUCCESSOR_H_
