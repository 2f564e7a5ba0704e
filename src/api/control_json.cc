#include "api/control_json.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/control_fields.h"
#include "base/strings.h"

namespace rollport::api {
namespace {

// Keeps the order in which keys were put in.
using Json = nlohmann::ordered_json;

// What a program printed may not be UTF-8, and must not make us throw.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

class Writer {
 public:
  template <typename T>
  void operator()(const char* key, const T& value) {
    json_[key] = Encode(value);
  }
  template <typename T>
  void Sparse(const char* key, const T& value) {
    if (!(value == T())) json_[key] = Encode(value);
  }

  static Json Encode(absl::Duration value) {
    return static_cast<double>(absl::ToInt64Microseconds(value)) / 1e6;
  }
  static Json Encode(absl::Time value) {
    return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", value, absl::UTCTimeZone());
  }
  template <typename T>
  static Json Encode(const std::optional<T>& value) {
    return value.has_value() ? Encode(*value) : Json();
  }
  template <typename T>
  static Json Encode(const std::vector<T>& values) {
    Json list = Json::array();
    for (const T& value : values) list.push_back(Encode(value));
    return list;
  }
  template <typename T>
  static Json Encode(const T& value) {
    if constexpr (requires(Writer & writer) { Fields(writer, value); }) {
      Writer writer;
      Fields(writer, value);
      return std::move(writer.json_);
    } else {
      return value;
    }
  }

 private:
  Json json_ = Json::object();
};

// A missing key or a wrong type is an exception of nlohmann-json's, which ends in Read().
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}
  template <typename T>
  void operator()(const char* key, T& value) const {
    Decode(json_.at(key), &value);
  }
  template <typename T>
  void Sparse(const char* key, T& value) const {
    if (json_.contains(key)) Decode(json_[key], &value);
  }

  static void Decode(const Json& json, absl::Duration* out) {
    *out = absl::Seconds(json.get<double>());
  }
  static void Decode(const Json& json, absl::Time* out) {
    std::string error;
    absl::ParseTime(absl::RFC3339_full, json.get_ref<const std::string&>(), out, &error);
  }
  template <typename T>
  static void Decode(const Json& json, std::optional<T>* out) {
    if (json.is_null()) return out->reset();
    Decode(json, &out->emplace());
  }
  template <typename T>
  static void Decode(const Json& json, std::vector<T>* out) {
    for (const Json& element : json) Decode(element, &out->emplace_back());
  }
  template <typename T>
  static void Decode(const Json& json, T* out) {
    if constexpr (requires(Reader & reader) { Fields(reader, *out); }) {
      Reader reader(json);
      Fields(reader, *out);
    } else {
      json.get_to(*out);
    }
  }

 private:
  const Json& json_;
};

template <typename T, typename F>
absl::StatusOr<T> Read(std::string_view text, F&& read) {
  try {
    T value;
    read(Json::parse(text), &value);
    return value;
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("not the JSON that was expected: ", error.what()));
  }
}

template <typename T>
absl::StatusOr<T> Parse(std::string_view text) {
  return Read<T>(text, [](const Json& json, T* value) { Reader::Decode(json, value); });
}

}  // namespace

std::string ToJson(const FleetStatus& status) { return Dump(Writer::Encode(status)); }
std::string ToJson(const FleetEvent& event) { return Dump(Writer::Encode(event)); }
std::string ToJson(const FleetHistory& history) { return Dump(Writer::Encode(history)); }
std::string ToJson(const RollRecord& roll) { return Dump(Writer::Encode(roll)); }
std::string ToJson(const Verdict& verdict) { return Dump(Writer::Encode(verdict)); }

std::string RollAcceptedJson(int64_t roll) { return Dump({{"roll", roll}}); }

absl::StatusOr<int64_t> ParseRollAccepted(std::string_view json) {
  return Read<int64_t>(json, [](const Json& j, int64_t* roll) { j.at("roll").get_to(*roll); });
}

std::string ProgressJson(const std::optional<RollProgress>& roll) {
  return Dump({{"roll", Writer::Encode(roll)}});
}

absl::StatusOr<std::optional<RollProgress>> ParseProgress(std::string_view json) {
  using Progress = std::optional<RollProgress>;
  return Read<Progress>(json,
                        [](const Json& j, Progress* roll) { Reader::Decode(j.at("roll"), roll); });
}

std::string ErrorJson(std::string_view message, const std::optional<RollProgress>& roll) {
  Json json = {{"error", std::string(message)}};
  if (roll.has_value()) json["roll"] = Writer::Encode(*roll);
  return Dump(json);
}

absl::StatusOr<ApiError> ParseError(std::string_view json) {
  return Read<ApiError>(json, [](const Json& j, ApiError* error) {
    j.at("error").get_to(error->message);
    if (j.contains("roll")) Reader::Decode(j["roll"], &error->roll);
  });
}

absl::StatusOr<FleetStatus> ParseStatus(std::string_view json) { return Parse<FleetStatus>(json); }
absl::StatusOr<FleetEvent> ParseEvent(std::string_view json) { return Parse<FleetEvent>(json); }
absl::StatusOr<FleetHistory> ParseHistory(std::string_view json) {
  return Parse<FleetHistory>(json);
}

}  // namespace rollport::api
