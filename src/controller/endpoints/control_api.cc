#include "controller/endpoints/control_api.h"

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "api/control_json.h"
#include "base/status_macros.h"
#include "controller/endpoints/control_routes.h"
#include "controller/endpoints/event_stream.h"
#include "os/unix_socket.h"

namespace rollport::controller {
namespace {

// Why the client may not use the API; empty for root and our own user.
std::string MayAsk(int fd) {
  const absl::StatusOr<ucred> peer = os::PeerCredentials(fd);
  if (peer.ok() && (peer->uid == geteuid() || peer->uid == 0)) return "";
  return "only root and the controller's own user may ask";
}

admin::Response Follow(api::EventLog& events, int64_t roll) {
  EventStream::Options options{.roll = roll,
                               .after = roll == 0 ? events.last() : 0,
                               .format = [](const api::FleetEvent& e) { return ToJson(e) + "\n"; }};
  return {.content_type = "application/jsonl",
          .stream = std::make_unique<EventStream>(events, std::move(options))};
}

admin::Response ToHttp(ControlResponse response) {
  admin::Response http{.status = response.status,
                       .content_type = "application/json",
                       .body = std::move(response.body) + "\n"};
  if (!response.allow.empty()) http.fields.emplace_back("Allow", std::move(response.allow));
  return http;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ControlApi>> ControlApi::Start(os::EventLoop& loop,
                                                              os::UniqueFd listener,
                                                              api::FleetControl& backend,
                                                              ControlLimits limits) {
  admin::Service service;
  service.handle = [&backend](const ControlRequest& request) {
    ControlResponse response = HandleControl(backend, request);
    if (response.follow.has_value()) return Follow(backend.events(), *response.follow);
    return ToHttp(std::move(response));
  };
  service.complain = [](int status, std::string_view why) {
    return ToHttp({.status = status, .body = api::ErrorJson(why, std::nullopt)});
  };
  std::unique_ptr<ControlApi> api(new ControlApi());
  ASSIGN_OR_RETURN(api->server_, admin::Server::Start(loop, std::move(listener), limits,
                                                      std::move(service), MayAsk));
  return api;
}

}  // namespace rollport::controller
