// The pages on the `admin` address.
#ifndef ROLLPORT_CONTROLLER_ADMIN_PAGES_H_
#define ROLLPORT_CONTROLLER_ADMIN_PAGES_H_

#include "controller/admin_api.h"
#include "controller/controller.h"
#include "os/event_loop.h"

namespace rollport::controller {

// Adds every page. `loop` and `controller` are borrowed, and outlive `api`.
void AddAdminPages(AdminApi& api, os::EventLoop& loop, Controller& controller);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ADMIN_PAGES_H_
