// Requests and answers of the control API.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_CONTROL_MESSAGE_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_CONTROL_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "admin/message.h"

namespace rollport::controller {

using ControlRequest = admin::Request;

struct ControlResponse {
  int status = 200;
  std::string body;   // JSON
  std::string allow;  // with 405
  // With 200, instead of a body: the events of this roll (0: all events from now on), each as a
  // line of JSON.
  std::optional<int64_t> follow;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_CONTROL_MESSAGE_H_
