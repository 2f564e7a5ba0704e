// The worker that takes the idle connections of this one, as a draining worker sees it.
#ifndef ROLLPORT_WORKER_SUCCESSOR_H_
#define ROLLPORT_WORKER_SUCCESSOR_H_

#include <functional>

#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "protocol/handover.h"

namespace rollport::worker {

class Successor {
 public:
  // `channel`: see protocol/handover.h. Calls `on_ready` when it may take more after a kLater.
  Successor(os::EventLoop& loop, os::UniqueFd channel, std::function<void()> on_ready);

  enum class Answer {
    kTaken,  // a duplicate of the descriptor is on its channel
    kLater,  // too much is on its channel already
    kGone,   // it has ended, or is about to
  };
  // Passes the connection `fd`.
  Answer Pass(int fd, const protocol::Message& connection);

 private:
  os::UniqueFd channel_;
  const std::function<void()> on_ready_;
  os::FdWatch watch_;
  os::Timer retry_;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_SUCCESSOR_H_
