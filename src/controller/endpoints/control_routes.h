// Which request of the control API asks what of the backend. The list of them is in control_api.h.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_CONTROL_ROUTES_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_CONTROL_ROUTES_H_

#include "api/fleet_control.h"
#include "controller/endpoints/control_message.h"

namespace rollport::controller {

// The answer to any request, errors too.
ControlResponse HandleControl(api::FleetControl& backend, const ControlRequest& request);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_CONTROL_ROUTES_H_
