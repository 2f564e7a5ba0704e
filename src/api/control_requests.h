// The bodies of requests to the control API: as JSON, and back. An error is kInvalidArgument and
// one line that says what is wrong.
#ifndef ROLLPORT_API_CONTROL_REQUESTS_H_
#define ROLLPORT_API_CONTROL_REQUESTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "api/fleet_control.h"

namespace rollport::api {

// {"command":["…"],"canary":[{"share":5,"for":"1m"},{"share":25}]}: each key may be missing. A step
// without "for" lasts until the roll is resumed.
std::string RollRequestJson(const RollRequest& request);
// An empty body asks for the defaults.
absl::StatusOr<RollRequest> ParseRollRequest(std::string_view json);

// {KEY:N}, or {} for nullopt.
std::string NumberRequestJson(std::string_view key, std::optional<int64_t> number);
// nullopt if the body is empty or has no such key. The number is 0 or more.
absl::StatusOr<std::optional<int64_t>> ParseNumberRequest(std::string_view json,
                                                          std::string_view key);

}  // namespace rollport::api

#endif  // ROLLPORT_API_CONTROL_REQUESTS_H_
