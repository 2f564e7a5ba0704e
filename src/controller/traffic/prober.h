// Probes one worker through every address of its generation, at once and then at every interval.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_PROBER_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_PROBER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/strong_int.h"
#include "controller/process/worker_table.h"
#include "controller/traffic/probe_round.h"
#include "controller/traffic/steerer.h"
#include "fleet_file/fleet_settings.h"
#include "os/address.h"
#include "os/event_loop.h"
#include "os/sock_diag.h"

namespace rollport::controller {

class Prober {
 public:
  // Called after every round over all addresses; `detail` says why it was not good. It may destroy
  // the prober.
  using Report = std::function<void(bool good, const std::string& detail)>;
  // All references are borrowed. See ProbeTarget.
  Prober(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers, Steerer& steerer,
         WorkerId worker, std::vector<os::SocketAddress> addresses,
         const fleet_file::HealthSettings& settings, Report report);

  // While this is on, as it is at first, /proc is read to see whether it was really this worker
  // that accepted a probe; that proves the group's order too. To be turned off once the worker
  // serves: reading a busy worker's /proc takes time.
  void set_identify(bool identify) { round_.set_identify(identify); }

 private:
  void EndRound(bool good, const std::string& detail);

  const absl::Duration interval_;
  const Report report_;
  ProbeRound round_;
  os::Timer next_round_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_PROBER_H_
