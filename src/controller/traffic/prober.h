// Probes one worker through every address of its generation, at once and then at every interval.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_PROBER_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_PROBER_H_

#include <functional>
#include <memory>
#include <string>

#include "base/strong_int.h"
#include "controller/traffic/probe.h"
#include "controller/traffic/steerer.h"
#include "fleet_file/fleet_settings.h"
#include "os/event_loop.h"

namespace rollport::controller {

class Prober {
 public:
  // Called after every round over all addresses. It may destroy the prober.
  using Report = std::function<void(bool good, const std::string& detail)>;
  Prober(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers, Steerer& steerer,
         WorkerId worker, std::vector<os::SocketAddress> addresses,
         fleet_file::HealthSettings settings, Report report);

  // A worker that is not trusted yet is also asked for in /proc: was it really this one that
  // accepted? That proves the group's order too. Off, once it serves: reading a busy worker's /proc
  // is not free.
  void set_identify(bool identify) { identify_ = identify; }

 private:
  void Round();
  void ProbeNext();
  Group& NextGroup();
  void OnProbe(ProbeVerdict verdict, const std::string& detail);
  void EndRound(bool good, const std::string& detail);

  os::EventLoop& loop_;
  os::SockDiag& diag_;
  WorkerTable& workers_;
  Steerer& steerer_;
  const WorkerId worker_;
  const std::vector<os::SocketAddress> addresses_;
  const fleet_file::HealthSettings settings_;
  const Report report_;
  bool identify_ = true;
  Instant round_began_;
  size_t next_ = 0;  // of addresses_
  std::unique_ptr<Probe> probe_;
  os::Timer round_;
  os::Timer again_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_PROBER_H_
