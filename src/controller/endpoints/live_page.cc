#include "controller/endpoints/live_page.h"

#include <string>

#include "live_page/live_page.h"

namespace rollport::controller {

void AddLivePage(AdminApi& api) {
  api.Add("/", [](const admin::Request&) {
    // Another release has another page, so a cache must ask before it shows a former one.
    return admin::Response{
        .content_type = "text/html; charset=utf-8",
        .body = std::string(live_page::Html()),
        .fields = {{"Content-Security-Policy", live_page::ContentSecurityPolicy()},
                   {"Referrer-Policy", "no-referrer"},
                   {"Cache-Control", "no-cache"}}};
  });
}

}  // namespace rollport::controller
