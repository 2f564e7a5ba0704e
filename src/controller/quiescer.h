// Waits until nothing is on its way to a worker that has lost its share: the half-open handshakes
// that were there when the share was taken are over, and its accept queues are empty.
//
// Which listener of a group answered a SYN the kernel does not tell, so every handshake of the
// address that was there at the moment of the swap is waited for. New ones belong to other workers.
#ifndef ROLLPORT_CONTROLLER_QUIESCER_H_
#define ROLLPORT_CONTROLLER_QUIESCER_H_

#include <functional>
#include <set>
#include <utility>

#include "base/strong_int.h"
#include "controller/steerer.h"
#include "os/event_loop.h"
#include "os/sock_diag.h"

namespace rollport::controller {

class Quiescer {
 public:
  // REQUIRES: the worker has no share any more. `done` is called once, and may destroy this. Never
  // done while the group's order is in doubt: the plan's handshake_timeout bounds that.
  Quiescer(os::EventLoop& loop, os::SockDiag& diag, Steerer& steerer, WorkerId worker,
           std::function<void()> done);

 private:
  using Handshake = std::pair<os::SocketAddress, os::SocketAddress>;  // local, peer
  void Begin();
  void TakeNote();
  void Look();
  // All half-open handshakes of the fleet's addresses.
  absl::StatusOr<std::set<Handshake>> Handshakes();

  os::EventLoop& loop_;
  os::SockDiag& diag_;
  Steerer& steerer_;
  const WorkerId worker_;
  const std::function<void()> done_;
  int64_t lapses_ = 0;  // as they were when the note was taken
  std::set<Handshake> pending_;
  absl::Duration pause_;
  os::Timer note_;
  os::Timer look_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_QUIESCER_H_
