// The live page at `/` of the `admin` address. It gets what it shows from /api/status and /events.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_LIVE_PAGE_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_LIVE_PAGE_H_

#include "controller/endpoints/admin_api.h"

namespace rollport::controller {

void AddLivePage(AdminApi& api);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_LIVE_PAGE_H_
