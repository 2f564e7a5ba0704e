// Probes one worker through every address of its generation, at once and then at every interval;
// more rarely if it is known to be well.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_PROBER_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_PROBER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/strong_int.h"
#include "controller/process/worker_table.h"
#include "controller/traffic/probe_round.h"
#include "controller/traffic/steerer.h"
#include "fleet_file/fleet_settings.h"
#include "os/address.h"
#include "os/event_loop.h"
#include "os/sock_diag.h"
#include "rollout/state.h"

namespace rollport::controller {

// How a worker's probes have gone so far.
struct ProbeRecord {
  int64_t ended = 0;
  int64_t failed = 0;
  bool last_failed = false;
  std::string last_failure;  // what the last failed one got; empty if none has failed
  // How long the round under way has had no answer; zero between rounds.
  absl::Duration waiting;
};

class Prober {
 public:
  // Called after every round over all addresses, and once in a round with kOverdue if it has gone
  // on for longer than a quarter of the timeout and than four times the slowest good one before.
  // `detail` says why `result` is not kGood; `age` is how long ago the round began. It may destroy
  // the prober.
  using Report = std::function<void(rollout::ProbeResult result, const std::string& detail,
                                    absl::Duration age)>;
  // All references are borrowed. See ProbeTarget.
  Prober(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers, Steerer& steerer,
         WorkerId worker, std::vector<os::SocketAddress> addresses,
         const fleet_file::HealthSettings& settings, Report report);

  // While this is on, as it is at first, /proc is read to see whether it was really this worker
  // that accepted a probe; that proves the group's order too. To be turned off once the worker
  // serves: reading a busy worker's /proc takes time.
  void set_identify(bool identify) { round_.set_identify(identify); }
  // Begins a round now, or as soon as the one under way is over.
  void Again();

  // The worker serves, and nothing is expected of it: while its probes are good there is one probe
  // in steady_interval. After a bad one its whole rounds come at every interval until one is good.
  void set_steady(bool steady) { steady_ = steady; }

  ProbeRecord record() const;
  // See Probe::IsQueued.
  absl::StatusOr<bool> IsQueued() const { return round_.IsQueued(); }

 private:
  void BeginRound();
  void EndRound(rollout::ProbeResult result, const std::string& detail);

  os::EventLoop& loop_;
  const absl::Duration interval_;
  const absl::Duration steady_interval_;
  const absl::Duration timeout_;
  bool steady_ = false;
  const Report report_;
  ProbeRecord record_;  // without `waiting`
  ProbeRound round_;
  os::Timer next_round_;
  os::Timer overdue_;
  absl::Duration slowest_;  // of the good rounds
  bool again_ = false;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_PROBER_H_
