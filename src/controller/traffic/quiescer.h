// Waits until nothing is on its way to a worker that has lost its share.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_QUIESCER_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_QUIESCER_H_

#include <cstdint>
#include <functional>
#include <optional>

#include "base/strong_int.h"
#include "controller/traffic/half_open.h"
#include "controller/traffic/retry_timer.h"
#include "controller/traffic/steerer.h"
#include "os/event_loop.h"
#include "os/packet_wait.h"
#include "os/sock_diag.h"

namespace rollport::controller {

// First the half-open handshakes that are there when the share is taken must be over, then the
// worker's accept queues must be empty, in this order: a completed handshake moves to a queue.
class Quiescer {
 public:
  struct Hooks {
    // Told how many connections wait in the worker's accept queues: at the beginning, if any do,
    // and whenever that has changed.
    std::function<void(uint32_t waiting)> on_queue;
    // Stops probing the worker, which has accepted everything, so that no probe lies in its accept
    // queues when it is told to stop. True if one may have got there.
    std::function<bool()> stop_probing;
    // Called once, and may destroy the quiescer. Never called while the group's order is in doubt:
    // the plan's handshake_timeout bounds that wait. If no program can be attached, it is called
    // at once, because then the kernel's hash gives the worker connections until it closes its
    // listeners.
    std::function<void()> done;
  };
  // REQUIRES: the worker has no share any more. All references are borrowed.
  Quiescer(os::EventLoop& loop, os::SockDiag& diag, os::PacketHelper& packets, Steerer& steerer,
           WorkerId worker, Hooks hooks);

 private:
  void Begin();
  void TakeNote();
  void Look();
  void TellQueue();
  bool IsByHash() const { return !steerer_.trouble().empty(); }

  os::EventLoop& loop_;
  os::PacketHelper& packets_;
  Steerer& steerer_;
  const WorkerId worker_;
  const Hooks hooks_;
  uint32_t told_ = 0;
  int64_t lapses_ = 0;  // as they were when the note was taken
  HalfOpen handshakes_;
  std::optional<os::PacketWait> settled_;
  os::Timer note_;
  RetryTimer look_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_QUIESCER_H_
