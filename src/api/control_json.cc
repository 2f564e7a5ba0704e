#include "api/control_json.h"

#include "absl/strings/str_cat.h"
#include "api/control_fields.h"
#include "base/printable.h"
#include "base/strings.h"
#include "json/fields.h"
#include "json/format.h"
#include "json/value.h"

namespace rollport::api {

// Not in the unnamed namespace, because the lists of fields are looked up in its namespace.
struct ControlFormat : json::Format<json::Ordered, json::DurationAsSeconds, json::TimeAsRfc3339> {};

namespace {

using json::ToLine;
using Json = json::Ordered;
using Writer = json::Writer<ControlFormat>;
using Reader = json::Reader<ControlFormat>;

// None of our values is nested deeper.
constexpr int kDeepest = 32;

void MakePrintable(Json* json, int depth) {
  if (json->is_string()) *json = Printable(json->get_ref<const std::string&>());
  if (!json->is_structured()) return;
  if (depth == kDeepest) {
    *json = nullptr;
    return;
  }
  for (Json& element : *json) MakePrintable(&element, depth + 1);
}

template <typename T, typename F>
absl::StatusOr<T> Read(std::string_view text, F&& read) {
  try {
    T value;
    Json json = Json::parse(text);
    MakePrintable(&json, 0);
    read(json, &value);
    return value;
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("not the JSON that was expected: ", Printable(error.what())));
  }
}

template <typename T>
absl::StatusOr<T> Parse(std::string_view text) {
  return Read<T>(text, [](const Json& json, T* value) { Reader::Decode(json, value); });
}

}  // namespace

std::string ToJson(const FleetStatus& status) { return ToLine(Writer::Encode(status)); }
std::string ToJson(const FleetCounts& counts) { return ToLine(Writer::Encode(counts)); }
std::string ToJson(const FleetEvent& event) { return ToLine(Writer::Encode(event)); }
std::string ToJson(const FleetHistory& history) { return ToLine(Writer::Encode(history)); }
std::string ToJson(const RollRecord& roll) { return ToLine(Writer::Encode(roll)); }
std::string ToJson(const Verdict& verdict) { return ToLine(Writer::Encode(verdict)); }

std::string RollAcceptedJson(int64_t roll) { return ToLine({{"roll", roll}}); }

absl::StatusOr<int64_t> ParseRollAccepted(std::string_view json) {
  return Read<int64_t>(json,
                       [](const Json& j, int64_t* roll) { Reader::Decode(j.at("roll"), roll); });
}

std::string ProgressJson(const std::optional<RollProgress>& roll) {
  return ToLine({{"roll", Writer::Encode(roll)}});
}

absl::StatusOr<std::optional<RollProgress>> ParseProgress(std::string_view json) {
  using Progress = std::optional<RollProgress>;
  return Read<Progress>(json,
                        [](const Json& j, Progress* roll) { Reader::Decode(j.at("roll"), roll); });
}

std::string ErrorJson(std::string_view message, const std::optional<RollProgress>& roll) {
  Json json = {{"error", std::string(message)}};
  if (roll.has_value()) json["roll"] = Writer::Encode(*roll);
  return ToLine(json);
}

absl::StatusOr<ApiError> ParseError(std::string_view json) {
  return Read<ApiError>(json, [](const Json& j, ApiError* error) {
    j.at("error").get_to(error->message);
    if (j.contains("roll")) Reader::Decode(j["roll"], &error->roll);
  });
}

absl::StatusOr<FleetStatus> ParseStatus(std::string_view json) { return Parse<FleetStatus>(json); }
absl::StatusOr<FleetCounts> ParseCounts(std::string_view json) { return Parse<FleetCounts>(json); }
absl::StatusOr<FleetEvent> ParseEvent(std::string_view json) { return Parse<FleetEvent>(json); }
absl::StatusOr<FleetHistory> ParseHistory(std::string_view json) {
  return Parse<FleetHistory>(json);
}

}  // namespace rollport::api
