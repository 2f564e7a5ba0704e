// Waits until nothing is on its way to a worker that has lost its share.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_QUIESCER_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_QUIESCER_H_

#include <cstdint>
#include <functional>

#include "base/strong_int.h"
#include "controller/traffic/half_open.h"
#include "controller/traffic/retry_timer.h"
#include "controller/traffic/steerer.h"
#include "os/event_loop.h"
#include "os/sock_diag.h"

namespace rollport::controller {

// First the half-open handshakes that are there when the share is taken must be over, then the
// worker's accept queues must be empty, in this order: a completed handshake moves to a queue.
class Quiescer {
 public:
  // REQUIRES: the worker has no share any more.
  //
  // `done` is called once, and may destroy this. It is never called while the group's order is in
  // doubt: the plan's handshake_timeout bounds that wait. If no program can be attached, it is
  // called at once, because then the kernel's hash gives the worker connections until it closes its
  // listeners. All references are borrowed.
  Quiescer(os::EventLoop& loop, os::SockDiag& diag, Steerer& steerer, WorkerId worker,
           std::function<void()> done);

 private:
  void Begin();
  void TakeNote();
  void Look();
  bool IsByHash() const { return !steerer_.trouble().empty(); }

  Steerer& steerer_;
  const WorkerId worker_;
  const std::function<void()> done_;
  int64_t lapses_ = 0;  // as they were when the note was taken
  HalfOpen handshakes_;
  os::Timer note_;
  RetryTimer look_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_QUIESCER_H_
