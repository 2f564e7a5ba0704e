// The values of the control API as JSON, and back. One object on one line, without a line end.
#ifndef ROLLPORT_CONTROLLER_CONTROL_JSON_H_
#define ROLLPORT_CONTROLLER_CONTROL_JSON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "controller/backend.h"

namespace rollport::controller {

std::string ToJson(const FleetStatus& status);
std::string ToJson(const FleetEvent& event);
// {"outcome":…,"generation":N,"replaced":N,"seconds":S,"cut":N,"reason":"…"}
std::string ToJson(const Verdict& verdict);

// The body of POST /v1/roll.
std::string RollRequestJson(const std::optional<std::vector<std::string>>& command);
// kInvalidArgument says what is wrong with it. An empty body is a request without a command.
absl::StatusOr<std::optional<std::vector<std::string>>> ParseRollRequest(std::string_view json);

// {"roll":N}
std::string RollAcceptedJson(int64_t roll);
absl::StatusOr<int64_t> ParseRollAccepted(std::string_view json);

// {"error":"…"}, with "roll", the progress of the one under way, where there is one.
std::string ErrorJson(std::string_view message, const std::optional<RollProgress>& roll);
struct ApiError {
  std::string message;
  std::optional<RollProgress> roll;
};
absl::StatusOr<ApiError> ParseError(std::string_view json);

absl::StatusOr<FleetStatus> ParseStatus(std::string_view json);
absl::StatusOr<FleetEvent> ParseEvent(std::string_view json);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_CONTROL_JSON_H_
