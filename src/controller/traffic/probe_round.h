// One round of probes: one worker, once through every address of its generation.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_PROBE_ROUND_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_PROBE_ROUND_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/instant.h"
#include "base/strong_int.h"
#include "controller/process/worker_table.h"
#include "controller/traffic/probe.h"
#include "controller/traffic/steerer.h"
#include "os/address.h"
#include "os/event_loop.h"
#include "os/sock_diag.h"
#include "os/unique_fd.h"
#include "rollout/state.h"

namespace rollport::controller {

struct ProbeTarget {
  WorkerId worker;
  // Each has its group in the steerer as long as the worker is probed.
  std::vector<os::SocketAddress> addresses;
  std::string path;        // see ProbeSpec
  absl::Duration timeout;  // of one probe, and of the wait for its turn
};

// Can be begun again when it is over.
class ProbeRound {
 public:
  // `result` is kGood, kBad or kSilent; `detail` says why it is not kGood. The call may begin the
  // next round, or destroy this.
  using Done = std::function<void(rollout::ProbeResult result, const std::string& detail)>;
  // All references are borrowed.
  ProbeRound(os::EventLoop& loop, os::SockDiag& diag, WorkerTable& workers, Steerer& steerer,
             ProbeTarget target, Done done);

  // See Prober::set_identify.
  void set_identify(bool identify) { identify_ = identify; }
  // From the next round on: whether a round is one probe through the next address in turn, on a
  // connection that is kept for the one after it, instead of a fresh one through every address.
  void set_steady(bool steady) { steady_ = steady; }
  // REQUIRES: no round is under way.
  void Begin();
  // When the last round began.
  Instant began() const { return began_; }
  bool under_way() const { return under_way_; }
  // See Probe::IsQueued.
  absl::StatusOr<bool> IsQueued() const { return probe_ != nullptr ? probe_->IsQueued() : false; }

 private:
  // How many probes a kept connection is good for. Then the next one shows again that the worker
  // accepts connections.
  static constexpr int kProbesPerConnection = 5;
  struct Kept {
    os::UniqueFd connection;
    std::optional<os::SocketAddress> source;  // at this address the worker is reached from
    int probes = 0;                           // sent on it so far
    int64_t changes = 0;                      // Group::changes when the last one was sent
    bool identified = false;                  // the last one asks who has accepted it
  };
  void ProbeNext();
  // Whether the probe's connection is to be kept, and what it is sent on: see Probe.
  os::UniqueFd Keep(ProbeSpec* spec);
  Group& NextGroup();
  void OnProbe(ProbeVerdict verdict, const std::string& detail);
  void Finish(rollout::ProbeResult result, const std::string& detail);

  os::EventLoop& loop_;
  os::SockDiag& diag_;
  WorkerTable& workers_;
  Steerer& steerer_;
  const ProbeTarget target_;
  const Done done_;
  bool identify_ = true;
  Instant began_;
  bool under_way_ = false;
  bool steady_ = false;
  size_t next_ = 0;         // of the addresses
  size_t end_ = 0;          // of this round
  std::vector<Kept> kept_;  // for each address
  std::unique_ptr<Probe> probe_;
  os::Timer again_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_PROBE_ROUND_H_
