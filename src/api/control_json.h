// The values of the control API as JSON, and back: one object on one line, without a line end. The
// names of the fields are in control_fields.h; durations are seconds, times are RFC 3339. Every
// parser returns kInvalidArgument if a key is missing or a value has the wrong type, and makes text
// fit for a terminal (base/printable.h), because workers and strangers have written some of it.
#ifndef ROLLPORT_API_CONTROL_JSON_H_
#define ROLLPORT_API_CONTROL_JSON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "api/fleet_control.h"

namespace rollport::api {

std::string ToJson(const FleetStatus& status);
std::string ToJson(const FleetCounts& counts);
std::string ToJson(const FleetEvent& event);
std::string ToJson(const FleetHistory& history);
std::string ToJson(const RollRecord& roll);
// {"outcome":…,"generation":N,"replaced":N,"seconds":S,"cut":N,"reason":"…"}
std::string ToJson(const Verdict& verdict);

// The answer to a change that has begun: {"roll":N}.
std::string RollAcceptedJson(int64_t roll);
absl::StatusOr<int64_t> ParseRollAccepted(std::string_view json);

// The answer to pause and resume: {"roll":…}, with the progress of the roll, or null.
std::string ProgressJson(const std::optional<RollProgress>& roll);
absl::StatusOr<std::optional<RollProgress>> ParseProgress(std::string_view json);

// {"error":"…"}; also "roll", its progress, if a roll is under way.
std::string ErrorJson(std::string_view message, const std::optional<RollProgress>& roll);
struct ApiError {
  std::string message;
  std::optional<RollProgress> roll;
};
absl::StatusOr<ApiError> ParseError(std::string_view json);

absl::StatusOr<FleetStatus> ParseStatus(std::string_view json);
absl::StatusOr<FleetCounts> ParseCounts(std::string_view json);
absl::StatusOr<FleetEvent> ParseEvent(std::string_view json);
absl::StatusOr<FleetHistory> ParseHistory(std::string_view json);

}  // namespace rollport::api

#endif  // ROLLPORT_API_CONTROL_JSON_H_
