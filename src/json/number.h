// Numbers of JSON as values of C++: only those that are the same there.
#ifndef ROLLPORT_JSON_NUMBER_H_
#define ROLLPORT_JSON_NUMBER_H_

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace rollport::json {

// `json` as a T; nullopt if it is no whole number or out of T's range. (A cast of such a number is
// undefined, and of 1.9 it is 1.) 2.0 is none: a writer of integers has no reason to write that.
template <std::integral T>
requires(!std::same_as<T, bool>) std::optional<T> WholeNumber(const auto& json) {
  const auto checked = [](auto number) {
    return std::in_range<T>(number) ? std::optional(static_cast<T>(number)) : std::nullopt;
  };
  if (json.is_number_unsigned()) return checked(json.template get<uint64_t>());
  if (json.is_number_integer()) return checked(json.template get<int64_t>());
  return std::nullopt;
}

// Whether `kValue`, of an enum, has a name. GCC and Clang write "Colour::kRed" for a value that has
// one, and "(Colour)77" for another.
template <auto kValue>
constexpr bool IsEnumerator() {
  constexpr std::string_view kText = __PRETTY_FUNCTION__;
  constexpr std::string_view kWritten = kText.substr(kText.find("kValue = "));
  constexpr size_t kCast = kWritten.rfind(')');
  return kCast == std::string_view::npos ||
         kWritten.find_first_of("-0123456789", kCast) != kCast + 1;
}

// The enumerators of an enum that is read have values from 0 to below this.
inline constexpr int kMostEnumerators = 64;

// `json` as an E; nullopt if it is not the number of one of its enumerators.
template <typename E>
requires std::is_enum_v<E> std::optional<E> Enumerator(const auto& json) {
  static constexpr auto kNamed = []<int... kN>(std::integer_sequence<int, kN...>) {
    return std::array{IsEnumerator<static_cast<E>(kN)>()...};
  }
  (std::make_integer_sequence<int, kMostEnumerators>());
  const std::optional<int> n = WholeNumber<int>(json);
  if (!n.has_value() || *n < 0 || *n >= kMostEnumerators || !kNamed[*n]) return std::nullopt;
  return static_cast<E>(*n);
}

}  // namespace rollport::json

#endif  // ROLLPORT_JSON_NUMBER_H_
