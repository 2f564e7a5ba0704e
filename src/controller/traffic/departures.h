// Which workers may leave their groups at any moment, because they were told to.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_DEPARTURES_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_DEPARTURES_H_

#include <map>
#include <memory>

#include "absl/time/time.h"
#include "base/strong_int.h"
#include "controller/traffic/steerer.h"
#include "os/event_loop.h"

namespace rollport::controller {

class Departures {
 public:
  // Both are borrowed.
  Departures(os::EventLoop& loop, Steerer& steerer) : loop_(loop), steerer_(steerer) {}

  // The worker's listeners may leave within this time, which may be infinite. Until then, or until
  // the worker has ended, the groups are steered so that nothing is lost by it: see
  // Steerer::ExpectToLeave. The programs are swapped when this returns.
  void Expect(WorkerId worker, absl::Duration within);
  // The worker has ended.
  void Forget(WorkerId worker);

 private:
  void Tell();

  os::EventLoop& loop_;
  Steerer& steerer_;
  std::map<WorkerId, std::unique_ptr<os::Timer>> expected_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_DEPARTURES_H_
