// The character classes of RFC 9110 section 5.6 and RFC 9112, as one table.
#ifndef ROLLPORT_HTTP_CHARS_H_
#define ROLLPORT_HTTP_CHARS_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace rollport::http {

enum CharClass : uint8_t {
  kTokenChar = 1,   // tchar
  kTargetChar = 2,  // what may stand in a request-target: visible ASCII except "#"
  kHostChar = 4,    // what may stand in a host's name: unreserved, sub-delims and "%" (RFC 3986)
  kTextChar = 8,    // what may stand in a field value: VCHAR, SP, HTAB, obs-text
};

constexpr std::array<uint8_t, 256> MakeCharTable() {
  std::array<uint8_t, 256> table{};
  for (int c = 0; c < 256; ++c) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    const char ch = static_cast<char>(c);
    if (alnum || std::string_view("!#$%&'*+-.^_`|~").find(ch) != std::string_view::npos) {
      table[c] |= kTokenChar;
    }
    // Brackets and braces stand unencoded in many real queries and cannot split a request line.
    if (c > 0x20 && c < 0x7f && c != '#') table[c] |= kTargetChar;
    if (alnum || std::string_view("-._~!$&'()*+,;=%").find(ch) != std::string_view::npos) {
      table[c] |= kHostChar;
    }
    if ((c >= 0x20 && c != 0x7f) || c == '\t') table[c] |= kTextChar;
  }
  return table;
}

inline constexpr std::array<uint8_t, 256> kCharTable = MakeCharTable();

constexpr bool Is(CharClass which, char c) {
  return (kCharTable[static_cast<unsigned char>(c)] & which) != 0;
}

constexpr bool AllAre(CharClass which, std::string_view s) {
  for (const char c : s) {
    if (!Is(which, c)) return false;
  }
  return true;
}

constexpr char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The value of a hexadecimal digit, or -1.
constexpr int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = ToLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_CHARS_H_
