// Serves the control API in the state_dir, and watches that folder: a cleaner of /tmp or a person
// may remove it under a running controller. Then no command could reach the controller, and no
// worker could report that it is ready; so what is missing is made again.
#ifndef ROLLPORT_CONTROLLER_STATE_KEEPER_H_
#define ROLLPORT_CONTROLLER_STATE_KEEPER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "api/fleet_control.h"
#include "controller/endpoints/control_api.h"
#include "controller/record/state_dir.h"
#include "os/event_loop.h"

namespace rollport::controller {

class StateKeeper {
 public:
  // What else is in the folder.
  struct Others {
    std::function<bool()> intact;
    // Called after the folder has been made again.
    std::function<absl::Status()> restore;
  };
  // Serves the control API of `fleet`, and looks at the folder again and again, `pause` apart. All
  // references are borrowed, and outlive this. An error if the control socket cannot be made.
  static absl::StatusOr<std::unique_ptr<StateKeeper>> Start(
      os::EventLoop& loop, StateDir& dir, api::FleetControl& fleet, Others others,
      absl::Duration pause = absl::Seconds(1));
  StateKeeper(const StateKeeper&) = delete;
  StateKeeper& operator=(const StateKeeper&) = delete;

 private:
  StateKeeper(os::EventLoop& loop, StateDir& dir, api::FleetControl& fleet, Others others,
              absl::Duration pause);
  absl::Status Serve();
  void Look();
  absl::Status Restore();
  void Tell(const char* kind, std::string message);

  os::EventLoop& loop_;
  StateDir& dir_;
  api::FleetControl& fleet_;
  const Others others_;
  const absl::Duration pause_;
  std::unique_ptr<ControlApi> api_;
  std::vector<std::unique_ptr<ControlApi>> former_;  // as long as clients are connected to them
  std::string told_;                                 // why the folder cannot be made again
  os::Timer look_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_STATE_KEEPER_H_
