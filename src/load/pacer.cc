#include "load/pacer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "os/errno_status.h"

namespace rollport::load {
namespace {

// A beat faster than this would only burn the processor; ticks then come in small bunches.
constexpr absl::Duration kFinest = absl::Microseconds(50);

}  // namespace

absl::StatusOr<std::unique_ptr<Pacer>> Pacer::Create(os::EventLoop& loop, Instant start,
                                                     absl::Duration interval,
                                                     std::function<void(Instant)> tick) {
  os::UniqueFd timer(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!timer.valid()) return os::ErrnoStatus(errno, "timerfd_create");
  const Instant first = start + absl::Nanoseconds(1);
  const itimerspec spec = {
      .it_interval = absl::ToTimespec(std::max(interval, kFinest)),
      .it_value = {.tv_sec = first.nanos() / 1'000'000'000,
                   .tv_nsec = first.nanos() % 1'000'000'000},
  };
  if (timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &spec, nullptr) != 0) {
    return os::ErrnoStatus(errno, "timerfd_settime");
  }
  std::unique_ptr<Pacer> pacer(new Pacer(loop, std::move(timer), start, interval, std::move(tick)));
  const absl::Status status = pacer->watch_.Set(EPOLLIN);
  if (!status.ok()) return status;
  return pacer;
}

Pacer::Pacer(os::EventLoop& loop, os::UniqueFd timer, Instant start, absl::Duration interval,
             std::function<void(Instant)> tick)
    : loop_(loop),
      timer_(std::move(timer)),
      next_(start),
      interval_(interval),
      tick_(std::move(tick)),
      watch_(loop, timer_.get(), [this](uint32_t) { OnTimer(); }) {}

void Pacer::OnTimer() {
  uint64_t expirations;
  // Only takes the readiness away: the clock says what is due.
  [[maybe_unused]] const ssize_t n = read(timer_.get(), &expirations, sizeof expirations);
  while (!stopped_ && next_ <= loop_.Now()) {
    const Instant due = next_;
    next_ = next_ + interval_;
    tick_(due);
  }
}

}  // namespace rollport::load
