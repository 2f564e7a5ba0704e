// Serves the control API in the state_dir, and watches over that folder: a cleaner of /tmp or a
// person may remove it under a running controller. Then no command would reach the controller, and
// no worker could say that it is ready; so what is missing is made again.
#ifndef ROLLPORT_CONTROLLER_STATE_KEEPER_H_
#define ROLLPORT_CONTROLLER_STATE_KEEPER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "controller/controller.h"
#include "controller/endpoints/control_api.h"
#include "controller/record/state_dir.h"
#include "os/event_loop.h"

namespace rollport::controller {

class StateKeeper {
 public:
  // All are borrowed, and outlive it.
  static absl::StatusOr<std::unique_ptr<StateKeeper>> Start(os::EventLoop& loop, StateDir& dir,
                                                            Controller& controller);

 private:
  StateKeeper(os::EventLoop& loop, StateDir& dir, Controller& controller);
  void Look();
  absl::Status Serve();
  absl::Status Restore();
  void Tell(const char* kind, std::string message);

  os::EventLoop& loop_;
  StateDir& dir_;
  Controller& controller_;
  std::unique_ptr<ControlApi> api_;
  std::unique_ptr<ControlApi> former_;  // for those who were connected
  std::string told_;                    // why it cannot be made again
  os::Timer look_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_STATE_KEEPER_H_
