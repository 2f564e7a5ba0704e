#include "api/control_requests.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "fleet_file/canary.h"
#include "json/number.h"
#include "json/value.h"

namespace rollport::api {
namespace {

using Json = json::Ordered;

absl::Status Wrong(absl::string_view message) { return absl::InvalidArgumentError(message); }

// An object with no other keys than these. An empty body is an empty object.
absl::StatusOr<Json> ReadObject(std::string_view text, const std::vector<std::string>& keys) {
  if (text.empty()) return Json::object();
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Wrong("the body is not a JSON object");
  for (const auto& [key, value] : json.items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      return Wrong(absl::StrCat("unknown key ", key));
    }
  }
  return json;
}

absl::StatusOr<std::vector<std::string>> ReadCommand(const Json& value) {
  if (!value.is_array() || value.empty()) {
    return Wrong("\"command\" is not a list of one or more strings");
  }
  std::vector<std::string> command;
  for (const Json& word : value) {
    if (!word.is_string() || word.get_ref<const std::string&>().find('\0') != std::string::npos) {
      return Wrong("\"command\" contains something that cannot be an argument");
    }
    command.push_back(word);
  }
  return command;
}

absl::StatusOr<fleet_file::CanaryStep> ReadCanaryStep(const Json& value) {
  if (!value.is_object() || !value.contains("share") || !value["share"].is_number()) {
    return Wrong("a step of \"canary\" is not {\"share\":PER CENT,\"for\":\"1m\"}");
  }
  fleet_file::CanaryStep step{.per_cent = value["share"], .hold = absl::InfiniteDuration()};
  for (const auto& [key, field] : value.items()) {
    if (key == "share") continue;
    if (key != "for") return Wrong(absl::StrCat("unknown key ", key, " in \"canary\""));
    const auto hold = field.is_string() ? fleet_file::ParseHold(field.get_ref<const std::string&>())
                                        : std::nullopt;
    if (!hold.has_value()) {
      return Wrong(absl::StrCat("\"for\" is not a duration like \"1m30s\": ", json::ToLine(field)));
    }
    step.hold = *hold;
  }
  return step;
}

absl::StatusOr<std::vector<fleet_file::CanaryStep>> ReadCanary(const Json& value) {
  if (!value.is_array()) return Wrong("\"canary\" is not a list of steps");
  std::vector<fleet_file::CanaryStep> steps;
  for (const Json& element : value) {
    ASSIGN_OR_RETURN(const fleet_file::CanaryStep step, ReadCanaryStep(element));
    steps.push_back(step);
  }
  RETURN_IF_ERROR(fleet_file::CheckCanary(steps));
  return steps;
}

}  // namespace

std::string RollRequestJson(const RollRequest& request) {
  Json json = Json::object();
  if (request.command.has_value()) json["command"] = *request.command;
  if (request.canary.has_value()) {
    Json& steps = json["canary"] = Json::array();
    for (const fleet_file::CanaryStep& step : *request.canary) {
      Json& written = steps.emplace_back(Json{{"share", step.per_cent}});
      if (step.hold != absl::InfiniteDuration()) written["for"] = absl::FormatDuration(step.hold);
    }
  }
  return json::ToLine(json);
}

absl::StatusOr<RollRequest> ParseRollRequest(std::string_view json) {
  ASSIGN_OR_RETURN(const Json body, ReadObject(json, {"command", "canary"}));
  RollRequest request;
  if (body.contains("command")) {
    ASSIGN_OR_RETURN(request.command, ReadCommand(body["command"]));
  }
  if (body.contains("canary")) {
    ASSIGN_OR_RETURN(request.canary, ReadCanary(body["canary"]));
  }
  return request;
}

std::string NumberRequestJson(std::string_view key, std::optional<int64_t> number) {
  if (!number.has_value()) return "{}";
  return Json{{std::string(key), *number}}.dump();
}

absl::StatusOr<std::optional<int64_t>> ParseNumberRequest(std::string_view json,
                                                          std::string_view key) {
  const std::string name(key);
  ASSIGN_OR_RETURN(const Json body, ReadObject(json, {name}));
  if (!body.contains(name)) return std::nullopt;
  const std::optional<int64_t> number = json::WholeNumber<int64_t>(body[name]);
  if (!number.has_value() || *number < 0) {
    return Wrong(absl::StrCat("\"", name, "\" is not a whole number of at least 0"));
  }
  return number;
}

}  // namespace rollport::api
