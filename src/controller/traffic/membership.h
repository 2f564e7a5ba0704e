// Which workers have come into the fleet's groups, and which have left them.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_MEMBERSHIP_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_MEMBERSHIP_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/recent_texts.h"
#include "base/strong_int.h"
#include "controller/process/releases.h"
#include "controller/traffic/steerer.h"
#include "os/event_loop.h"
#include "rollout/event.h"
#include "rollout/state.h"

namespace rollport::controller {

// Looks at the groups as the steerer has read them last; the caller calls Steerer::Refresh first.
class Membership {
 public:
  // Calls `on_due` when it is time to look at the groups again. All references are borrowed.
  Membership(os::EventLoop& loop, const Releases& releases, Steerer& steerer,
             std::function<void()> on_due);

  // What has happened to the workers of `fleet`: WorkerBecameReady of each starting worker that
  // shows it by its listeners, and ListenersLeft. They are returned again at the next call, until
  // the plan has taken them in and `fleet` shows it.
  std::vector<rollout::Event> News(const rollout::Fleet& fleet);
  // A worker that a former controller launched has been in a group before.
  void NoteJoined(WorkerId worker);
  void Forget(WorkerId worker) { std::erase(joined_, worker); }

  // Why the kernel's hash spreads the connections of `fleet` from now on, or an empty text if a
  // program steers them again. nullopt if neither is new since the last call.
  std::optional<std::string> NewTrouble(const rollout::Fleet& fleet);

  // The foreign and stray listeners that have appeared since the last call, for people. The same
  // text at most once in a minute: one may come and go.
  std::vector<std::string> NewForeigners();

  // Arranges that `on_due` is called: within 1 ms, or 20 µs for each listener if that is longer, if
  // a listener of `fleet` is expected to come or to go, or a worker quiesces; otherwise within
  // 250 ms, or 1 ms for each listener, for foreign listeners and for workers that leave unasked.
  void Watch(const rollout::Fleet& fleet);
  void StopWatching() { due_.Cancel(); }

 private:
  absl::Duration Pace(const rollout::Fleet& fleet) const;
  bool IsReadyByListening(const rollout::Worker& worker) const;

  os::EventLoop& loop_;
  const Releases& releases_;
  Steerer& steerer_;
  std::vector<WorkerId> joined_;  // have been seen in a group; rising
  std::string told_trouble_;
  RecentTexts told_foreigners_{absl::Minutes(1)};
  os::Timer due_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_MEMBERSHIP_H_
