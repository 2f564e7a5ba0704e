// What the fleet file decides about a plan: counts, times, and whether a failed roll goes back.
#ifndef ROLLPORT_ROLLOUT_POLICY_H_
#define ROLLPORT_ROLLOUT_POLICY_H_

#include <cstdint>

#include "absl/time/time.h"

namespace rollport::rollout {

struct Policy {
  int workers = 1;  // 1 or more
  int surge = 1;    // replacements under way at once, 1 or more
  // A group of more could not be steered: beyond this number of workers none is launched. At least
  // workers + surge; repairs may want more.
  int most_workers = 1024;

  // A worker is healthy after this many good probes in a row, of which the last began at least this
  // long after the first.
  int healthy_after = 2;
  absl::Duration min_healthy_time = absl::Seconds(1);
  // A roll has succeeded when its new workers have served for this long and answered a probe that
  // began then; zero: when every slot is as the roll wants it.
  absl::Duration watch;
  // A serving worker is unhealthy after this many failed probes in a row.
  int unhealthy_after = 3;
  // Counted from the launch; a worker that is not healthy by then has failed.
  absl::Duration healthy_deadline = absl::Seconds(30);
  // How long quiescing waits for half-open handshakes and for the accept queue.
  absl::Duration handshake_timeout = absl::Seconds(3);
  // Counted from the stop signal; then the worker is killed.
  absl::Duration drain_timeout = absl::Seconds(30);
  bool auto_revert = true;  // false: a failed roll pauses, for a person to decide

  // A slot's dead worker is replaced at once the first time. The n-th time in a row (n >= 2) the
  // launch waits for backoff_first * 2^(n-2), at most backoff_max, less a random part of up to
  // `backoff_jitter` of that.
  absl::Duration backoff_first = absl::Milliseconds(250);
  absl::Duration backoff_max = absl::Seconds(30);
  double backoff_jitter = 0.5;  // 0 to 1
  // The count of deaths begins again when a worker has served this long.
  absl::Duration stable_after = absl::Seconds(10);
  uint64_t seed = 1;

  friend bool operator==(const Policy&, const Policy&) = default;
};

}  // namespace rollport::rollout

#endif  // ROLLPORT_ROLLOUT_POLICY_H_
