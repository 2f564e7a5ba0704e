// How long a slot's next launch waits after failures in a row.
#ifndef ROLLPORT_ROLLOUT_BACKOFF_H_
#define ROLLPORT_ROLLOUT_BACKOFF_H_

#include <cstdint>

#include "absl/time/time.h"
#include "rollout/policy.h"

namespace rollport::rollout {

// After the `failures`-th failure in a row, by the formula of Policy::backoff_first. `random` is
// the state of the jitter's generator; a draw moves it on.
absl::Duration Backoff(const Policy& policy, int failures, uint64_t& random);

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_BACKOFF_H_
