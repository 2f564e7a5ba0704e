// A point on CLOCK_MONOTONIC. Code that decides takes an Instant as an argument and never reads a
// clock; only os::EventLoop does.
#ifndef ROLLPORT_BASE_INSTANT_H_
#define ROLLPORT_BASE_INSTANT_H_

#include <compare>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"

namespace rollport {

class Instant {
 public:
  // The clock's zero.
  constexpr Instant() = default;
  static constexpr Instant FromNanos(int64_t nanos) { return Instant(nanos); }
  // Later than every point in time: "never".
  static constexpr Instant Never() { return Instant(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t nanos() const { return nanos_; }
  constexpr bool is_never() const { return *this == Never(); }

  friend constexpr auto operator<=>(Instant, Instant) = default;
  // Never plus anything is Never; a sum past the end of the clock is Never too.
  friend Instant operator+(Instant t, absl::Duration d) {
    if (t.is_never() || d == absl::InfiniteDuration()) return Never();
    int64_t sum;
    if (__builtin_add_overflow(t.nanos_, absl::ToInt64Nanoseconds(d), &sum)) return Never();
    return Instant(sum);
  }
  // REQUIRES: neither is Never.
  friend absl::Duration operator-(Instant a, Instant b) {
    return absl::Nanoseconds(a.nanos_ - b.nanos_);
  }

 private:
  constexpr explicit Instant(int64_t nanos) : nanos_(nanos) {}
  int64_t nanos_ = 0;
};

}  // namespace rollport

#endif  // ROLLPORT_BASE_INSTANT_H_
