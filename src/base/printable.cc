#include "base/printable.h"

#include <cstdint>

#include "absl/strings/str_format.h"
#include "base/utf8.h"

namespace rollport {
namespace {

struct Character {
  uint32_t code = 0;
  size_t bytes = 1;
  bool unicode = true;  // false: a byte that is no UTF-8
};

// The character at the beginning of `text`.
Character First(std::string_view text) {
  const size_t size = Utf8Size(text);
  if (size == 0) return {.code = static_cast<uint8_t>(text.front()), .unicode = false};
  return {.code = Utf8Code(text.substr(0, size)), .bytes = size};
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
