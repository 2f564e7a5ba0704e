// How forms of JSON differ. A policy encodes and decodes one type in one way; a Format combines
// policies. Decode throws an exception of nlohmann-json if the JSON has the wrong type.
#ifndef ROLLPORT_JSON_FORMAT_H_
#define ROLLPORT_JSON_FORMAT_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "json/number.h"
#include "json/value.h"

namespace rollport::json {

// The exception of nlohmann-json that Decode throws for `json`, with `what` for people.
auto WrongType(const auto& json, const char* what) {
  return std::remove_cvref_t<decltype(json)>::type_error::create(302, what, &json);
}

// 1.25: a number of seconds, to the microsecond.
struct DurationAsSeconds {
  static double Encode(absl::Duration value) {
    return static_cast<double>(absl::ToInt64Microseconds(value)) / 1e6;
  }
  static void Decode(const auto& json, absl::Duration* out) {
    *out = absl::Seconds(json.template get<double>());
  }
};

// "1.25s": exact, "inf" included.
struct DurationAsText {
  static std::string Encode(absl::Duration value) { return absl::FormatDuration(value); }
  static void Decode(const auto& json, absl::Duration* out) {
    if (!absl::ParseDuration(json.template get<std::string>(), out)) {
      throw WrongType(json, "not a duration");
    }
  }
};

// "2023-11-14T22:13:20.123456Z": to the microsecond. Other text leaves the default.
struct TimeAsRfc3339 {
  static std::string Encode(absl::Time value) {
    return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", value, absl::UTCTimeZone());
  }
  static void Decode(const auto& json, absl::Time* out) {
    std::string error;
    absl::ParseTime(absl::RFC3339_full, json.template get<std::string>(), out, &error);
  }
};

// Nanoseconds since 1970: exact.
struct TimeAsNanoseconds {
  static int64_t Encode(absl::Time value) { return absl::ToUnixNanos(value); }
  static void Decode(const auto& json, absl::Time* out) {
    const std::optional<int64_t> nanos = WholeNumber<int64_t>(json);
    if (!nanos.has_value()) throw WrongType(json, "not a number of nanoseconds");
    *out = absl::FromUnixNanos(*nanos);
  }
};

// "text", or {"hex":"ff00"} if not all of it is ASCII: exact for paths and variables, which may be
// any bytes, while JSON is UTF-8 only.
struct TextAsBytes {
  static Sorted Encode(const std::string& text) {
    const bool ascii = std::all_of(text.begin(), text.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii) return text;
    return {{"hex", std::string(absl::BytesToHexString(text))}};
  }
  static void Decode(const auto& json, std::string* out) {
    if (!json.is_object()) {
      json.get_to(*out);
      return;
    }
    const auto hex = json.at("hex").template get<std::string>();
    const bool good = hex.size() % 2 == 0 && std::all_of(hex.begin(), hex.end(), [](char c) {
                        return absl::ascii_isxdigit(static_cast<unsigned char>(c));
                      });
    if (!good) throw WrongType(json, "not bytes in hexadecimal");
    *out = absl::HexStringToBytes(hex);
  }
};

// `J` is Ordered or Sorted.
template <typename J, typename... Policies>
struct Format : Policies... {
  using Json = J;
  using Policies::Decode...;
  using Policies::Encode...;
};

}  // namespace rollport::json

#endif  // ROLLPORT_JSON_FORMAT_H_
