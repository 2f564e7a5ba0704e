#include "controller/endpoints/control_routes.h"

#include <array>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "api/asked_file.h"
#include "api/control_json.h"
#include "api/control_requests.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace rollport::controller {
namespace {

ControlResponse Error(int status, std::string_view message) {
  return {.status = status, .body = api::ErrorJson(message, std::nullopt)};
}

// Why nothing has changed. A 409 has the progress of the change that stands in the way.
ControlResponse Refusal(api::FleetControl& backend, const absl::Status& status) {
  const std::string_view message = ToStd(status.message());
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
      return Error(400, message);
    case absl::StatusCode::kFailedPrecondition:
      return {.status = 409, .body = api::ErrorJson(message, backend.Status().roll)};
    default:
      return Error(500, message);
  }
}

ControlResponse Accepted(api::FleetControl& backend, const absl::StatusOr<int64_t>& roll) {
  if (!roll.ok()) return Refusal(backend, roll.status());
  return {.status = 202, .body = api::RollAcceptedJson(*roll)};
}

// The number that the body must have as `key`; at least `min`.
absl::StatusOr<int> Required(std::string_view body, std::string_view key, int min) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> number, api::ParseNumberRequest(body, key));
  if (number.has_value() && *number >= min && *number <= std::numeric_limits<int>::max()) {
    return static_cast<int>(*number);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", ToAbsl(key), "\" is ",
                   number.has_value() ? absl::StrCat(*number, ", which cannot be") : "missing"));
}

ControlResponse Status(api::FleetControl& backend, const std::string&) {
  return {.status = 200, .body = ToJson(backend.Status())};
}

ControlResponse Counts(api::FleetControl& backend, const std::string&) {
  return {.status = 200, .body = ToJson(backend.Counts())};
}

ControlResponse History(api::FleetControl& backend, const std::string&) {
  return {.status = 200, .body = ToJson(backend.History())};
}

ControlResponse Roll(api::FleetControl& backend, const std::string& body) {
  auto request = api::ParseRollRequest(body);
  if (!request.ok()) return Refusal(backend, request.status());
  return Accepted(backend, backend.Roll(*std::move(request)));
}

ControlResponse Undo(api::FleetControl& backend, const std::string& body) {
  const auto to = api::ParseNumberRequest(body, "to");
  return to.ok() ? Accepted(backend, backend.Undo(*to)) : Refusal(backend, to.status());
}

ControlResponse Scale(api::FleetControl& backend, const std::string& body) {
  const auto workers = Required(body, "workers", 1);
  return workers.ok() ? Accepted(backend, backend.Scale(*workers))
                      : Refusal(backend, workers.status());
}

ControlResponse Restart(api::FleetControl& backend, const std::string& body) {
  const auto slot = Required(body, "slot", 0);
  return slot.ok() ? Accepted(backend, backend.Restart(*slot)) : Refusal(backend, slot.status());
}

ControlResponse Abort(api::FleetControl& backend, const std::string&) {
  // Read first: a roll that has replaced nothing yet may be over when Abort() returns.
  const std::optional<api::RollProgress> roll = backend.Status().roll;
  if (absl::Status status = backend.Abort(); !status.ok()) return Refusal(backend, status);
  return Accepted(backend, roll.has_value() ? roll->number : 0);
}

template <absl::Status (api::FleetControl::*kAsk)()>
ControlResponse Ask(api::FleetControl& backend, const std::string&) {
  if (absl::Status status = (backend.*kAsk)(); !status.ok()) return Refusal(backend, status);
  return {.status = 200, .body = api::ProgressJson(backend.Status().roll)};
}

ControlResponse Stop(api::FleetControl& backend, const std::string&) {
  backend.Stop();
  return {.status = 202, .body = "{\"stopping\":true}"};
}

ControlResponse Events(api::FleetControl& backend, std::string_view query) {
  if (query.empty()) return {.follow = 0};
  int64_t roll = 0;
  if (query.substr(0, 5) != "roll=" || !absl::SimpleAtoi(ToAbsl(query.substr(5)), &roll) ||
      roll <= 0) {
    return Error(400, absl::StrCat("unknown query ", ToAbsl(query)));
  }
  if (!backend.events().Knows(roll)) {
    return Error(404, absl::StrCat("nothing is known of roll ", roll));
  }
  return {.follow = roll};
}

struct Route {
  std::string_view path;
  bool changes;  // POST, otherwise GET and HEAD
  ControlResponse (*handle)(api::FleetControl& backend, const std::string& body);
};
constexpr std::array kRoutes = {
    Route{"/v1/status", false, Status},
    Route{"/v1/counts", false, Counts},
    Route{"/v1/history", false, History},
    Route{"/v1/roll", true, Roll},
    Route{"/v1/undo", true, Undo},
    Route{"/v1/scale", true, Scale},
    Route{"/v1/restart", true, Restart},
    Route{"/v1/pause", true, Ask<&api::FleetControl::Pause>},
    Route{"/v1/resume", true, Ask<&api::FleetControl::Resume>},
    Route{"/v1/abort", true, Abort},
    Route{"/v1/stop", true, Stop},
};

// The error if this path does not have the request's method, else nullopt.
std::optional<ControlResponse> WrongMethod(const ControlRequest& request, bool changes) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (changes ? request.method == "POST" : reads) return std::nullopt;
  const std::string allow = changes ? "POST" : "GET, HEAD";
  ControlResponse response = Error(405, absl::StrCat("only ", allow, " is allowed here"));
  response.allow = allow;
  return response;
}

// The error if the request says that it is about another fleet file than this controller's, else
// nullopt. A program that does not say is answered. 421: RFC 9110 section 15.5.20.
std::optional<ControlResponse> WrongFleet(api::FleetControl& backend,
                                          const ControlRequest& request) {
  const std::optional<std::string> field = request.field(api::kAskedFileField);
  if (!field.has_value()) return std::nullopt;
  const auto asked = api::ParseAskedFile(*field);
  if (!asked.ok()) return Error(400, ToStd(asked.status().message()));
  const fleet_file::FleetFileId ours = backend.File();
  if (fleet_file::MeansSameFile(ours, *asked)) return std::nullopt;
  return Error(421, absl::StrCat("the controller that answers here runs the fleet of ", ours.path,
                                 ", not of ", asked->path,
                                 "; give one of them another \"name\" or \"state_dir\""));
}

}  // namespace

ControlResponse HandleControl(api::FleetControl& backend, const ControlRequest& request) {
  if (auto wrong = WrongFleet(backend, request)) return *std::move(wrong);
  const std::string_view target = request.target;
  const size_t mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  const std::string_view query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  if (path == "/v1/events") {
    if (auto wrong = WrongMethod(request, /*changes=*/false)) return *std::move(wrong);
    return Events(backend, query);
  }
  if (!query.empty()) return Error(400, absl::StrCat("unknown query ", ToAbsl(query)));
  for (const Route& route : kRoutes) {
    if (path != route.path) continue;
    if (auto wrong = WrongMethod(request, route.changes)) return *std::move(wrong);
    return route.handle(backend, request.body);
  }
  return Error(404, absl::StrCat("there is no ", ToAbsl(path)));
}

}  // namespace rollport::controller
