#include "controller/control_routes.h"

#include <array>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "controller/control_json.h"
#include "controller/control_requests.h"

namespace rollport::controller {
namespace {

ControlResponse Error(int status, std::string_view message) {
  return {.status = status, .body = ErrorJson(message, std::nullopt)};
}

// Why nothing has changed. 409 has the progress of what stands in the way.
ControlResponse Refusal(Backend& backend, const absl::Status& status) {
  const std::string_view message = ToStd(status.message());
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
      return Error(400, message);
    case absl::StatusCode::kFailedPrecondition:
      return {.status = 409, .body = ErrorJson(message, backend.Status().roll)};
    default:
      return Error(500, message);
  }
}

ControlResponse Accepted(Backend& backend, const absl::StatusOr<int64_t>& roll) {
  if (!roll.ok()) return Refusal(backend, roll.status());
  return {.status = 202, .body = RollAcceptedJson(*roll)};
}

// The number that the body has to hold as `key`, from `min` up.
absl::StatusOr<int> Required(std::string_view body, std::string_view key, int min) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> number, ParseNumberRequest(body, key));
  if (number.has_value() && *number >= min && *number <= std::numeric_limits<int>::max()) {
    return static_cast<int>(*number);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", ToAbsl(key), "\" is ",
                   number.has_value() ? absl::StrCat(*number, ", which cannot be") : "missing"));
}

ControlResponse Status(Backend& backend, const std::string&) {
  return {.status = 200, .body = ToJson(backend.Status())};
}

ControlResponse History(Backend& backend, const std::string&) {
  return {.status = 200, .body = ToJson(backend.History())};
}

ControlResponse Roll(Backend& backend, const std::string& body) {
  auto request = ParseRollRequest(body);
  if (!request.ok()) return Refusal(backend, request.status());
  return Accepted(backend, backend.Roll(*std::move(request)));
}

ControlResponse Undo(Backend& backend, const std::string& body) {
  const auto to = ParseNumberRequest(body, "to");
  return to.ok() ? Accepted(backend, backend.Undo(*to)) : Refusal(backend, to.status());
}

ControlResponse Scale(Backend& backend, const std::string& body) {
  const auto workers = Required(body, "workers", 1);
  return workers.ok() ? Accepted(backend, backend.Scale(*workers))
                      : Refusal(backend, workers.status());
}

ControlResponse Restart(Backend& backend, const std::string& body) {
  const auto slot = Required(body, "slot", 0);
  return slot.ok() ? Accepted(backend, backend.Restart(*slot)) : Refusal(backend, slot.status());
}

ControlResponse Abort(Backend& backend, const std::string&) {
  // Taken before: a roll that has replaced nothing yet may be over when Abort() returns.
  const std::optional<RollProgress> roll = backend.Status().roll;
  if (absl::Status status = backend.Abort(); !status.ok()) return Refusal(backend, status);
  return Accepted(backend, roll.has_value() ? roll->number : 0);
}

template <absl::Status (Backend::*kAsk)()>
ControlResponse Ask(Backend& backend, const std::string&) {
  if (absl::Status status = (backend.*kAsk)(); !status.ok()) return Refusal(backend, status);
  return {.status = 200, .body = ProgressJson(backend.Status().roll)};
}

ControlResponse Stop(Backend& backend, const std::string&) {
  backend.Stop();
  return {.status = 202, .body = "{\"stopping\":true}"};
}

ControlResponse Events(Backend& backend, std::string_view query) {
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
  ControlResponse (*handle)(Backend& backend, const std::string& body);
};
constexpr std::array kRoutes = {
    Route{"/v1/status", false, Status},
    Route{"/v1/history", false, History},
    Route{"/v1/roll", true, Roll},
    Route{"/v1/undo", true, Undo},
    Route{"/v1/scale", true, Scale},
    Route{"/v1/restart", true, Restart},
    Route{"/v1/pause", true, Ask<&Backend::Pause>},
    Route{"/v1/resume", true, Ask<&Backend::Resume>},
    Route{"/v1/abort", true, Abort},
    Route{"/v1/stop", true, Stop},
};

// The error that this request is, or nothing.
std::optional<ControlResponse> WrongMethod(const ControlRequest& request, bool changes) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (changes ? request.method == "POST" : reads) return std::nullopt;
  const std::string allow = changes ? "POST" : "GET, HEAD";
  ControlResponse response = Error(405, absl::StrCat("only ", allow, " is allowed here"));
  response.allow = allow;
  return response;
}

}  // namespace

ControlResponse HandleControl(Backend& backend, const ControlRequest& request) {
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
