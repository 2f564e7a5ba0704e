// An integer that cannot be mistaken for another kind of integer.
#ifndef ROLLPORT_BASE_STRONG_INT_H_
#define ROLLPORT_BASE_STRONG_INT_H_

#include <compare>
#include <cstdint>

namespace rollport {

template <typename Tag>
class StrongInt {
 public:
  constexpr StrongInt() = default;
  constexpr explicit StrongInt(int64_t value) : value_(value) {}
  constexpr int64_t value() const { return value_; }
  friend constexpr auto operator<=>(StrongInt, StrongInt) = default;

 private:
  int64_t value_ = 0;
};

// A numbered place in the fleet, 0 … workers-1.
using SlotId = StrongInt<struct SlotTag>;
// One immutable release; numbers only go up, from 1.
using GenerationId = StrongInt<struct GenerationTag>;
// One worker process (with its children), unique for the life of a controller; never a pid.
using WorkerId = StrongInt<struct WorkerTag>;

}  // namespace rollport

#endif  // ROLLPORT_BASE_STRONG_INT_H_
