#include "httpd/range.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "http/list.h"
#include "http/message.h"

namespace rollport::httpd {
namespace {

constexpr ByteRange kWhole{};
constexpr ByteRange kUnsatisfiable{ByteRange::Kind::kUnsatisfiable};

// One or more digits. A number too large for 64 bits becomes one that is past the end of any file.
std::optional<uint64_t> ParseNumber(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  uint64_t n = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, c - '0', &n)) {
      n = std::numeric_limits<uint64_t>::max() / 16;
    }
  }
  return n;
}

// "-500": the last 500 bytes.
ByteRange Suffix(std::string_view digits, uint64_t size) {
  const std::optional<uint64_t> length = ParseNumber(digits);
  if (!length.has_value()) return kWhole;
  if (*length == 0) return kUnsatisfiable;
  // Content-Range cannot say "no bytes".
  if (size == 0) return kWhole;
  const uint64_t taken = std::min(*length, size);
  return {ByteRange::Kind::kPart, size - taken, taken};
}

ByteRange OneRange(std::string_view spec, uint64_t size) {
  const size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return kWhole;
  if (dash == 0) return Suffix(spec.substr(1), size);
  const std::optional<uint64_t> first = ParseNumber(spec.substr(0, dash));
  const std::string_view rest = spec.substr(dash + 1);
  const std::optional<uint64_t> last =
      rest.empty() ? std::numeric_limits<uint64_t>::max() : ParseNumber(rest);
  if (!first.has_value() || !last.has_value() || *last < *first) return kWhole;
  if (*first >= size) return kUnsatisfiable;
  return {ByteRange::Kind::kPart, *first, std::min(*last, size - 1) - *first + 1};
}

}  // namespace

ByteRange ParseRange(std::string_view value, uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!http::EqualsIgnoringCase(value.substr(0, kUnit.size()), kUnit)) return kWhole;
  std::string_view spec;
  int specs = 0;
  http::ForEachElement(value.substr(kUnit.size()), [&](std::string_view element) {
    if (element.empty()) return;
    spec = element;
    ++specs;
  });
  return specs == 1 ? OneRange(spec, size) : kWhole;
}

}  // namespace rollport::httpd
