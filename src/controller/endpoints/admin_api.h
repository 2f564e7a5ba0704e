// Serves the `admin` address: only what can be read, and nothing that changes anything. A small
// table of paths, which admin_routes.cc fills.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_ADMIN_API_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_ADMIN_API_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "admin/server.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"

namespace rollport::controller {

// A client that never sends a whole request loses its place to the next client. One that never
// reads holds its answer, and 64 KiB in the kernel, for 10 seconds.
inline constexpr admin::Limits kAdminLimits = {.max_connections = 32,
                                               .max_body = 64 << 10,
                                               .patience = absl::Seconds(10),
                                               .make_room = true,
                                               .send_buffer = 64 << 10};

class AdminApi {
 public:
  // Serves clients of `listener` (see ListenAdmin). `loop` outlives it.
  static absl::StatusOr<std::unique_ptr<AdminApi>> Start(os::EventLoop& loop, os::UniqueFd listener,
                                                         admin::Limits limits = kAdminLimits);
  AdminApi(const AdminApi&) = delete;
  AdminApi& operator=(const AdminApi&) = delete;

  // Answers GET and HEAD of exactly this path ("/metrics"), with any query.
  void Add(std::string path, admin::Handler handler) {
    routes_[std::move(path)] = std::move(handler);
  }
  // Answers a request only if `allowed` is true of its Host field, without which a web page
  // anywhere could read the admin address through a browser near it, under a name of its own whose
  // address it changes ("DNS rebinding"). A request of HTTP/1.0 without one is answered: no browser
  // sends it.
  void RestrictTo(std::function<bool(std::string_view host)> allowed) {
    allowed_ = std::move(allowed);
  }
  size_t connections() const { return server_->connections(); }

 private:
  AdminApi() = default;
  admin::Response Handle(const admin::Request& request) const;
  admin::Response Route(const admin::Request& request) const;

  std::map<std::string, admin::Handler, std::less<>> routes_;
  std::function<bool(std::string_view host)> allowed_;
  std::unique_ptr<admin::Server> server_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_ADMIN_API_H_
