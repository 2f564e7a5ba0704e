#include "controller/endpoints/admin_api.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace rollport::controller {
namespace {

admin::Response Complain(int status, std::string_view why) {
  return {.status = status, .body = absl::StrCat(status, " ", ToAbsl(why), "\n")};
}

}  // namespace

absl::StatusOr<std::unique_ptr<AdminApi>> AdminApi::Start(os::EventLoop& loop,
                                                          os::UniqueFd listener,
                                                          admin::Limits limits) {
  std::unique_ptr<AdminApi> api(new AdminApi());
  AdminApi* self = api.get();
  admin::Service service{
      .handle = [self](const admin::Request& request) { return self->Handle(request); },
      .complain = Complain};
  ASSIGN_OR_RETURN(api->server_,
                   admin::Server::Start(loop, std::move(listener), limits, std::move(service)));
  return api;
}

admin::Response AdminApi::Handle(const admin::Request& request) const {
  const std::optional<std::string> host = request.host();
  const bool misdirected = allowed_ && host.has_value() && !allowed_(*host);
  // RFC 9110 section 15.5.20.
  admin::Response response =
      misdirected
          ? Complain(421, absl::StrCat("the admin address does not go by the name of ", *host,
                                       ": use its IP address or localhost, or add the name "
                                       "to admin_hosts in the fleet file, and roll"))
          : Route(request);
  response.fields.emplace_back("X-Content-Type-Options", "nosniff");
  return response;
}

admin::Response AdminApi::Route(const admin::Request& request) const {
  admin::Response response;
  const auto route = routes_.find(request.path());
  if (!request.reads()) {
    response = Complain(405, "only GET and HEAD are allowed here");
    response.fields.emplace_back("Allow", "GET, HEAD");
  } else if (route == routes_.end()) {
    response = Complain(404, absl::StrCat("there is no ", ToAbsl(request.path()), "; there is"));
    for (const auto& [path, unused] : routes_) absl::StrAppend(&response.body, path, "\n");
  } else {
    response = route->second(request);
  }
  return response;
}

}  // namespace rollport::controller
