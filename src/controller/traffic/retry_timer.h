// A timer for looking again and again, ever less often.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_RETRY_TIMER_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_RETRY_TIMER_H_

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/time/time.h"
#include "os/event_loop.h"

namespace rollport::controller {

class RetryTimer {
 public:
  struct Pauses {
    absl::Duration first;
    absl::Duration longest;  // each one is twice as long as the one before, up to this
  };
  // `loop` is borrowed.
  RetryTimer(os::EventLoop& loop, Pauses pauses, std::function<void()> callback)
      : pauses_(pauses), pause_(pauses.first), timer_(loop, std::move(callback)) {}

  // Calls back at once, but not from within this call.
  void Now() { timer_.After(absl::ZeroDuration()); }
  // Calls back after the next pause; the one after it is longer.
  void Later() {
    Soon();
    pause_ = std::min(pause_ * 2, pauses_.longest);
  }
  // Calls back after the next pause; the one after it is as long.
  void Soon() { timer_.After(pause_); }
  void Cancel() { timer_.Cancel(); }
  // Cancels, and the next pause is the first one again.
  void Restart() {
    Cancel();
    pause_ = pauses_.first;
  }

 private:
  const Pauses pauses_;
  absl::Duration pause_;
  os::Timer timer_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_RETRY_TIMER_H_
