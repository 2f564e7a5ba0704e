// Notices that a worker has stopped sending WATCHDOG=1.
#ifndef ROLLPORT_CONTROLLER_PROCESS_WATCHDOG_H_
#define ROLLPORT_CONTROLLER_PROCESS_WATCHDOG_H_

#include <functional>
#include <utility>

#include "absl/time/time.h"
#include "os/event_loop.h"

namespace rollport::controller {

class Watchdog {
 public:
  // Calls `on_missed` once, when Hear() was not called for `patience`. `loop` is borrowed.
  Watchdog(os::EventLoop& loop, absl::Duration patience, std::function<void()> on_missed)
      : patience_(patience), timer_(loop, std::move(on_missed)) {
    Hear();
  }

  // The worker has said that it is well; also begins the wait again after a miss.
  void Hear() { timer_.After(patience_); }
  absl::Duration patience() const { return patience_; }
  void set_patience(absl::Duration patience) {
    patience_ = patience;
    Hear();
  }

 private:
  absl::Duration patience_;
  os::Timer timer_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_WATCHDOG_H_
