// Structs as JSON and back, by one list of fields for each struct:
//
//   void Fields(auto& v, json::Is<Verdict> auto& verdict) {
//     v("outcome", verdict.outcome);       // always there; an optional without a value is null
//     v.Sparse("reason", verdict.reason);  // left out if it has its default value
//   }
//
// Writer and Reader walk such lists. Their F is a json::Format, or derived from one; what it has no
// policy for has one form: numbers, booleans and text as in JSON, enums as numbers, vectors as
// arrays, and maps as arrays of [name, value], because a name may be what cannot be a key of JSON.
//
// The lists must be in the namespace of F, where Writer<F> and Reader<F> find them by
// argument-dependent lookup.
#ifndef ROLLPORT_JSON_FIELDS_H_
#define ROLLPORT_JSON_FIELDS_H_

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "json/number.h"

namespace rollport::json {

// A struct U, const (to be written) or not (to be read).
template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

template <typename T, typename... Us>
concept IsOneOf = (std::same_as<T, Us> || ...);

template <typename F>
class Writer {
 public:
  using Json = typename F::Json;

  template <typename T>
  void operator()(const char* key, const T& value) {
    json_[key] = Encode(value);
  }
  template <typename T>
  void Sparse(const char* key, const T& value) {
    if (!(value == T())) json_[key] = Encode(value);
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
  template <typename K, typename V>
  static Json Encode(const std::map<K, V>& values) {
    Json list = Json::array();
    for (const auto& [name, value] : values) {
      list.push_back(Json::array({Encode(name), Encode(value)}));
    }
    return list;
  }
  template <typename T>
  static Json Encode(const T& value) {
    if constexpr (requires { F::Encode(value); }) {
      return F::Encode(value);
    } else if constexpr (std::is_enum_v<T>) {
      return static_cast<int>(value);
    } else if constexpr (std::is_integral_v<T> || IsOneOf<T, double, std::string>) {
      return value;
    } else {
      Writer writer;
      Fields(writer, value);
      return std::move(writer.json_);
    }
  }

 private:
  Json json_ = Json::object();
};

// Throws an exception of nlohmann-json if a key is missing or a value has the wrong type: a number
// that its variable cannot hold, such as 1.9 or 1e300 for an int, and one that is none of an enum's
// (number.h), have the wrong type too.
template <typename F>
class Reader {
 public:
  using Json = typename F::Json;

  explicit Reader(const Json& json) : json_(json) {}

  template <typename T>
  void operator()(const char* key, T& value) const {
    Decode(json_.at(key), &value);
  }
  template <typename T>
  void Sparse(const char* key, T& value) const {
    if (json_.contains(key)) Decode(json_[key], &value);
  }

  template <typename T>
  static void Decode(const Json& json, std::optional<T>* out) {
    if (json.is_null()) return out->reset();
    Decode(json, &out->emplace());
  }
  template <typename T>
  static void Decode(const Json& json, std::vector<T>* out) {
    Require(json.is_array(), json);
    out->clear();
    for (const Json& element : json) Decode(element, &out->emplace_back());
  }
  template <typename K, typename V>
  static void Decode(const Json& json, std::map<K, V>* out) {
    Require(json.is_array(), json);
    out->clear();
    for (const Json& pair : json) {
      Require(pair.is_array() && pair.size() == 2, pair);
      K name;
      Decode(pair.at(0), &name);
      Decode(pair.at(1), &(*out)[name]);
    }
  }
  template <typename T>
  static void Decode(const Json& json, T* out) {
    if constexpr (requires { F::Decode(json, out); }) {
      F::Decode(json, out);
    } else if constexpr (std::is_enum_v<T>) {
      Take(Enumerator<T>(json), json, out);
    } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      Take(WholeNumber<T>(json), json, out);
    } else if constexpr (IsOneOf<T, bool, double, std::string>) {
      json.get_to(*out);
    } else {
      const Reader reader(json);
      Fields(reader, *out);
    }
  }

 private:
  static void Require(bool good, const Json& json) {
    if (!good)
      throw Json::type_error::create(302, "not what belongs here: " + json.dump().substr(0, 40),
                                     &json);
  }
  template <typename T>
  static void Take(const std::optional<T>& value, const Json& json, T* out) {
    Require(value.has_value(), json);
    *out = *value;
  }

  const Json& json_;
};

}  // namespace rollport::json

#endif  // ROLLPORT_JSON_FIELDS_H_
