// Turns each request of the control API into a call of the FleetControl. control_api.h lists the
// requests.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_CONTROL_ROUTES_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_CONTROL_ROUTES_H_

#include "api/fleet_control.h"
#include "controller/endpoints/control_message.h"

namespace rollport::controller {

// The answer to any request; a wrong request gets an error.
ControlResponse HandleControl(api::FleetControl& backend, const ControlRequest& request);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_CONTROL_ROUTES_H_
