// Where a fleet's connections go: its addresses and their groups, the shares, and what is done for
// one worker on its way into the groups (probing) and out of them (quiescing, naming a successor).
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_TRAFFIC_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_TRAFFIC_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/strong_int.h"
#include "controller/process/releases.h"
#include "controller/process/worker_table.h"
#include "controller/traffic/departures.h"
#include "controller/traffic/held_addresses.h"
#include "controller/traffic/membership.h"
#include "controller/traffic/prober.h"
#include "controller/traffic/quiescer.h"
#include "controller/traffic/steerer.h"
#include "controller/traffic/successors.h"
#include "os/event_loop.h"
#include "os/packet_wait.h"
#include "os/sock_diag.h"
#include "rollout/event.h"
#include "rollout/state.h"

namespace rollport::controller {

class Traffic {
 public:
  // `on_look_due`: see Membership. All references are borrowed.
  Traffic(os::EventLoop& loop, os::SockDiag diag, WorkerTable& workers, const Releases& releases,
          std::function<void()> on_look_due);

  // The kernel's tables, and the groups as they were read from them last.
  os::SockDiag& diag() { return diag_; }
  Steerer& steerer() { return steerer_; }
  const Steerer& steerer() const { return steerer_; }

  // Holds the addresses of `release`, or one of them; see HeldAddresses::Hold.
  absl::Status Hold(const Release& release);
  absl::Status Hold(const Release& release, const os::SocketAddress& address);
  // Releases each address that no worker of `fleet` listens on and none will.
  void LetGo(const rollout::Fleet& fleet);

  // Gives each of these workers its weight, and every other worker none.
  void ApplyShares(const rollout::Weights& weights);
  // Probes the worker through the addresses of `release` until StopProbing or Forget.
  void Probe(WorkerId worker, const Release& release, Prober::Report report);
  // The worker has proven that the group's order is as we believe: from now on /proc is not read to
  // see whether it accepted a probe. Does nothing if it is not probed.
  void TrustOrder(WorkerId worker);
  // See Prober::set_steady. Does nothing if it is not probed.
  void ProbeRarely(WorkerId worker);
  // nullopt if the worker is not probed.
  std::optional<ProbeRecord> ProbesOf(WorkerId worker) const;
  // True if a probe lies, or may lie, in one of the worker's accept queues.
  bool StopProbing(WorkerId worker);
  // How many connections waited in the worker's accept queues when they were looked at last, before
  // its listeners left, without a probe of ours that was left there. nullopt if it is not known
  // whether it has been accepted since.
  std::optional<int64_t> LeftInQueue(WorkerId worker) const;
  // REQUIRES: the worker has no share any more. `done` is called once, unless StopQuiescing or
  // Forget comes first; when the worker has emptied its accept queues, it is not probed any more.
  // See Quiescer.
  void Quiesce(WorkerId worker, std::function<void(uint32_t waiting)> on_queue,
               std::function<void()> done);
  void StopQuiescing(WorkerId worker) { quiescers_.erase(worker); }
  // See Departures::Expect. To be called before the worker is told to stop, or killed.
  void ExpectToLeave(WorkerId worker, absl::Duration within);
  // Takes the worker's listeners out of their groups by duplicates, whatever it does.
  void CloseListeners(WorkerId worker);
  // See Successors::Retire.
  void NameSuccessor(WorkerId worker, const rollout::Fleet& fleet);
  // The worker has ended, and is not in the table of workers any more.
  void Forget(WorkerId worker, const rollout::Fleet& fleet);

  // Takes over groups that the program of a dead controller still steers; see Group::TakeOver.
  // False if the kernel's table could not be read. REQUIRES: before anything else, but after Hold.
  bool TakeOver(const std::map<os::SocketAddress, size_t>& programs = {});
  // Which workers have come and which have left.
  Membership& membership() { return membership_; }

 private:
  os::EventLoop& loop_;
  os::SockDiag diag_;
  WorkerTable& workers_;
  const Releases& releases_;
  Steerer steerer_;
  HeldAddresses addresses_;
  Membership membership_;
  Successors successors_;
  Departures departures_;
  os::PacketHelper packets_;
  std::map<WorkerId, std::unique_ptr<Prober>> probers_;
  std::map<WorkerId, std::unique_ptr<Quiescer>> quiescers_;
  // Where a probe was left: the length of the worker's accept queues then. nullopt if it is not
  // known, or not whether it was left there.
  std::map<WorkerId, std::optional<uint32_t>> left_probes_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_TRAFFIC_H_
