// Which request of the control API asks what of the backend. The list of them is in control_api.h.
#ifndef ROLLPORT_CONTROLLER_CONTROL_ROUTES_H_
#define ROLLPORT_CONTROLLER_CONTROL_ROUTES_H_

#include "controller/backend.h"
#include "controller/control_message.h"

namespace rollport::controller {

// The answer to any request, errors too.
ControlResponse HandleControl(Backend& backend, const ControlRequest& request);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_CONTROL_ROUTES_H_
