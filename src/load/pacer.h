// Ticks at even intervals: the beat of an open loop. Finer than os::Timer, whose grain is 0.1 ms,
// and 1 ms before Linux 5.11.
#ifndef ROLLPORT_LOAD_PACER_H_
#define ROLLPORT_LOAD_PACER_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "base/instant.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::load {

class Pacer {
 public:
  // Calls `tick` for start, start + interval, … with the Instant at which each was due; late ticks
  // follow each other at once, and none is left out. Goes on until Stop() or until it is destroyed,
  // which `tick` must not do.
  static absl::StatusOr<std::unique_ptr<Pacer>> Create(os::EventLoop& loop, Instant start,
                                                       absl::Duration interval,
                                                       std::function<void(Instant)> tick);
  void Stop() { stopped_ = true; }

 private:
  Pacer(os::EventLoop& loop, os::UniqueFd timer, Instant start, absl::Duration interval,
        std::function<void(Instant)> tick);
  void OnTimer();

  os::EventLoop& loop_;
  const os::UniqueFd timer_;
  Instant next_;
  const absl::Duration interval_;
  const std::function<void(Instant)> tick_;
  bool stopped_ = false;
  os::FdWatch watch_;
};

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_PACER_H_
