// Waits until nothing is on its way to a worker that has lost its share: the half-open handshakes
// that were there when the share was taken are over, and its accept queues are empty.
//
// Which listener of a group answered a SYN the kernel does not tell, so every handshake of the
// address that was there at the moment of the swap is waited for. New ones belong to other workers.
// A dump of them costs 100 times a look at one (os/sock_diag.h), so there is one dump to note them
// and one to be sure that they are over; in between they are looked at one by one.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_QUIESCER_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_QUIESCER_H_

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "absl/status/statusor.h"
#include "base/strong_int.h"
#include "controller/traffic/steerer.h"
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
  void Begin();
  void TakeNote();
  void Look();
  void LookAgain();
  // All half-open handshakes of the fleet's addresses.
  absl::StatusOr<std::vector<os::ConnectionInfo>> Handshakes();
  bool IsOver(const os::ConnectionInfo& handshake);
  // True when every noted handshake is over.
  bool HandshakesAreOver();

  os::SockDiag& diag_;
  Steerer& steerer_;
  const WorkerId worker_;
  const std::function<void()> done_;
  int64_t lapses_ = 0;                         // as they were when the note was taken
  std::set<uint64_t> noted_;                   // cookies; until all are over
  std::vector<os::ConnectionInfo> half_open_;  // those of `noted_` not seen to be over
  absl::Duration pause_;
  os::Timer note_;
  os::Timer look_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_QUIESCER_H_
