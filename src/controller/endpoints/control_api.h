// The control API: HTTP/1.1 with JSON on a Unix socket, served from the controller's own loop.
//
//   GET  /v1/status           the fleet now
//   GET  /v1/history          past generations and rolls
//   GET  /v1/events           every event from now on, a line of JSON each
//   GET  /v1/events?roll=N    that roll from its beginning; its last line has the "verdict"
//   POST /v1/roll             {"command":["…"],"canary":[{"share":5,"for":"1m"},{"share":25}]},
//                             both optional; a step without "for" waits for a person
//   POST /v1/undo             {"to":N} or nothing
//   POST /v1/scale            {"workers":N}
//   POST /v1/restart          {"slot":N}
//   POST /v1/abort            reverts the change under way
//   POST /v1/pause, resume    200 {"roll":{…}}, its progress
//   POST /v1/stop             202; the controller ends when every worker has ended
//
// A change that has begun is answered by 202 {"roll":N}. Every error is {"error":"…"}: 400 if the
// request or the fleet file is wrong; 409 if it cannot be done now, with the progress of a change
// under way as "roll".
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_CONTROL_API_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_CONTROL_API_H_

#include <memory>

#include "absl/status/statusor.h"
#include "admin/server.h"
#include "api/fleet_control.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::controller {

using ControlLimits = admin::Limits;

class ControlApi {
 public:
  // Serves clients of `listener` (StateDir::ListenControl) that are root or this process's user.
  // `loop` and `backend` are borrowed, and outlive it.
  static absl::StatusOr<std::unique_ptr<ControlApi>> Start(os::EventLoop& loop,
                                                           os::UniqueFd listener,
                                                           api::FleetControl& backend,
                                                           ControlLimits limits = {});
  ControlApi(const ControlApi&) = delete;
  ControlApi& operator=(const ControlApi&) = delete;

  // How many clients are connected.
  size_t connections() const { return server_->connections(); }

 private:
  ControlApi() = default;
  std::unique_ptr<admin::Server> server_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_CONTROL_API_H_
