// The control API: HTTP/1.1 with JSON on a Unix socket, served from the controller's own loop.
//
//   GET  /v1/status           the fleet now
//   POST /v1/roll             {"command":[…]} or nothing; 202 {"roll":N}, 400 where the command or
//                             the fleet file is wrong, 409 where it cannot begin now
//   POST /v1/stop             202; the controller ends when every worker has
//   GET  /v1/events           what happens from now on, a line of JSON each
//   GET  /v1/events?roll=N    that roll from its beginning; its last line has the "verdict"
//
// Every error is {"error":"…"}; that of a roll under way has its progress as "roll".
#ifndef ROLLPORT_CONTROLLER_CONTROL_API_H_
#define ROLLPORT_CONTROLLER_CONTROL_API_H_

#include <cstdint>
#include <map>
#include <memory>

#include "absl/status/statusor.h"
#include "controller/backend.h"
#include "controller/control_connection.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::controller {

class ControlApi {
 public:
  // Serves clients of `listener` (StateDir::ListenControl) that are root or this process's user.
  // `loop` and `backend` are borrowed, and outlive it.
  static absl::StatusOr<std::unique_ptr<ControlApi>> Start(os::EventLoop& loop,
                                                           os::UniqueFd listener, Backend& backend,
                                                           ControlLimits limits = {});
  ControlApi(const ControlApi&) = delete;
  ControlApi& operator=(const ControlApi&) = delete;

  // How many clients are connected.
  size_t connections() const { return connections_.size(); }

 private:
  ControlApi(os::EventLoop& loop, os::UniqueFd listener, Backend& backend, ControlLimits limits);
  void AcceptAll();
  void Admit(os::UniqueFd fd);
  ControlResponse Handle(const ControlRequest& request);
  ControlResponse HandleRoll(const ControlRequest& request);
  ControlResponse HandleEvents(std::string_view query);

  os::EventLoop& loop_;
  Backend& backend_;
  const ControlLimits limits_;
  os::UniqueFd listener_;
  os::FdWatch watch_;
  os::Timer accept_again_;
  std::map<int64_t, std::unique_ptr<ControlConnection>> connections_;
  int64_t last_connection_ = 0;
  // Lets a deferred clean-up find out that there is nothing left to clean.
  std::shared_ptr<ControlApi*> self_ = std::make_shared<ControlApi*>(this);
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_CONTROL_API_H_
