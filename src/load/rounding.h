// Durations as the reports print them.
#ifndef ROLLPORT_LOAD_ROUNDING_H_
#define ROLLPORT_LOAD_ROUNDING_H_

#include <cmath>

#include "absl/time/time.h"

namespace rollport::load {

// Both to the microsecond.
inline double Seconds(absl::Duration d) { return std::round(absl::ToDoubleSeconds(d) * 1e6) / 1e6; }
inline double Millis(absl::Duration d) {
  return std::round(absl::ToDoubleMilliseconds(d) * 1e3) / 1e3;
}

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_ROUNDING_H_
