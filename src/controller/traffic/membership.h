// Who has come into the fleet's groups, and who has left them.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_MEMBERSHIP_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_MEMBERSHIP_H_

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/strong_int.h"
#include "controller/process/releases.h"
#include "controller/traffic/steerer.h"
#include "os/event_loop.h"
#include "rollout/event.h"
#include "rollout/state.h"

namespace rollport::controller {

// It looks at the groups as the steerer has read them last; the caller refreshes that first
// (Steerer::Refresh).
class Membership {
 public:
  // `on_due` is called when it is time to look at the groups again. All references are borrowed.
  Membership(os::EventLoop& loop, const Releases& releases, Steerer& steerer,
             std::function<void()> on_due);

  // What has happened to the workers of `fleet` since the last call: WorkerBecameReady of those
  // whose listener is the sign of it, and ListenersLeft.
  std::vector<rollout::Event> News(const rollout::Fleet& fleet);
  // A worker that was found has been in a group before.
  void NoteJoined(WorkerId worker) { joined_.insert(worker); }
  void Forget(WorkerId worker) { joined_.erase(worker); }

  // Why the kernel's hash spreads the connections of `fleet`, or an empty text if a program steers
  // them again. Each is returned once, when it begins; nullopt otherwise.
  std::optional<std::string> NewTrouble(const rollout::Fleet& fleet);

  // Sees to it that `on_due` is called: soon if a listener of `fleet` is expected to come or to go;
  // otherwise later, for foreign listeners and for workers that leave unasked.
  void Watch(const rollout::Fleet& fleet);
  void StopWatching() { due_.Cancel(); }

 private:
  absl::Duration Pace(const rollout::Fleet& fleet) const;
  bool IsReadyByListening(const rollout::Worker& worker) const;

  os::EventLoop& loop_;
  const Releases& releases_;
  Steerer& steerer_;
  std::set<WorkerId> joined_;  // have been seen in a group
  std::string told_trouble_;
  os::Timer due_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_MEMBERSHIP_H_
