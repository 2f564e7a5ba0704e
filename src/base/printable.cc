#include "base/printable.h"

#include <cstdint>

#include "absl/strings/str_format.h"

namespace rollport {
namespace {

struct Character {
  uint32_t code = 0;
  size_t bytes = 1;
  bool unicode = true;  // false: a byte that is no UTF-8
};

bool Continues(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

// The character at the beginning of `text`. Only the lengths that matter here are decoded: every
// unprintable character has at most three bytes, and one of four is passed on as it is.
Character First(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const uint32_t first = byte(0);
  if (first < 0x80) return {.code = first};
  if (first >= 0xc2 && first < 0xe0 && Continues(text, 1)) {
    return {.code = (first & 0x1fU) << 6 | (byte(1) & 0x3fU), .bytes = 2};
  }
  if (first >= 0xe0 && first < 0xf0 && Continues(text, 1) && Continues(text, 2)) {
    return {.code = (first & 0x0fU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU), .bytes = 3};
  }
  if (first >= 0xf0 && first < 0xf5 && Continues(text, 1) && Continues(text, 2) &&
      Continues(text, 3)) {
    return {.code = 0x10000, .bytes = 4};
  }
  return {.code = first, .unicode = false};
}

bool IsControl(uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

bool IsMark(uint32_t code) {
  return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const Character c = First(text.substr(i));
    if ((IsControl(c.code) && c.code != '\t') || !c.unicode) {
      absl::StrAppendFormat(&out, "\\x%02x", c.code);
    } else if (IsMark(c.code)) {
      absl::StrAppendFormat(&out, "\\u%04x", c.code);
    } else {
      out += text.substr(i, c.bytes);
    }
    i += c.bytes;
  }
  return out;
}

std::string PrintableJson(std::string_view json) {
  std::string out;
  for (size_t i = 0; i < json.size();) {
    const Character c = First(json.substr(i));
    const bool space = c.code == '\n' || c.code == '\t';
    if ((IsControl(c.code) && !space) || IsMark(c.code)) {
      absl::StrAppendFormat(&out, "\\u%04x", c.code);
    } else if (!c.unicode) {
      out += "\xef\xbf\xbd";  // U+FFFD
    } else {
      out += json.substr(i, c.bytes);
    }
    i += c.bytes;
  }
  return out;
}

}  // namespace rollport
