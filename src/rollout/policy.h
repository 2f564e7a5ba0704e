// What the fleet file decides about a plan: counts, patience and courage.
#ifndef ROLLPORT_ROLLOUT_POLICY_H_
#define ROLLPORT_ROLLOUT_POLICY_H_

#include <cstdint>

#include "absl/time/time.h"

namespace rollport::rollout {

struct Policy {
  int workers = 1;  // 1 or more
  int surge = 1;    // replacements under way at once, 1 or more

  // A worker is healthy after this many good probes in a row, and this long after the first of
  // them.
  int healthy_after = 2;
  absl::Duration min_healthy_time = absl::Seconds(1);
  // A serving worker is unhealthy after this many failed probes in a row.
  int unhealthy_after = 3;
  // From the launch; a worker that is not healthy by then has failed.
  absl::Duration healthy_deadline = absl::Seconds(30);
  // How long a retirement waits for half-open handshakes and the accept queue.
  absl::Duration handshake_timeout = absl::Seconds(3);
  // From the stop signal; then the worker is killed.
  absl::Duration drain_timeout = absl::Seconds(30);
  bool auto_revert = true;

  // The first death of a slot's worker is answered at once; the n-th in a row (n >= 2) after
  // backoff_first * 2^(n-2), at most backoff_max, less a random part of up to `backoff_jitter` of
  // it.
  absl::Duration backoff_first = absl::Milliseconds(250);
  absl::Duration backoff_max = absl::Seconds(30);
  double backoff_jitter = 0.5;  // 0 to 1
  // A worker that has served this long is not one that keeps dying: the count begins again.
  absl::Duration stable_after = absl::Seconds(10);
  uint64_t seed = 1;

  friend bool operator==(const Policy&, const Policy&) = default;
};

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_POLICY_H_
