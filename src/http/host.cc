#include "http/host.h"

#include <algorithm>

#include "http/chars.h"

namespace rollport::http {
namespace {

bool IsDecimal(char c) { return c >= '0' && c <= '9'; }

// dec-octet: 0 to 255 without leading zeros.
bool IsOctet(std::string_view text) {
  if (text.empty() || text.size() > 3 || !std::all_of(text.begin(), text.end(), IsDecimal)) {
    return false;
  }
  if (text.size() > 1 && text.front() == '0') return false;
  int value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value <= 255;
}

bool IsIpv4Address(std::string_view text) {
  for (int i = 0; i < 3; ++i) {
    const size_t dot = text.find('.');
    if (dot == std::string_view::npos || !IsOctet(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return IsOctet(text);
}

// How many of the eight groups of an IPv6 address "1:2:3" is; -1 if it is malformed. With `last`,
// an IPv4 address may stand at its end, for two of them.
int CountGroups(std::string_view text, bool last) {
  if (text.empty()) return 0;
  for (int n = 1;; ++n) {
    const size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == std::string_view::npos && last && IsIpv4Address(group)) return n + 1;
    const bool hex =
        !group.empty() && group.size() <= 4 &&
        std::all_of(group.begin(), group.end(), [](char c) { return HexValue(c) >= 0; });
    if (!hex) return -1;
    if (colon == std::string_view::npos) return n;
    text.remove_prefix(colon + 1);
  }
}

// IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ).
bool IsLaterAddress(std::string_view text) {
  if (text.empty() || ToLower(text.front()) != 'v') return false;
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot == 1 || dot + 1 == text.size()) return false;
  const std::string_view version = text.substr(1, dot - 1), rest = text.substr(dot + 1);
  return std::all_of(version.begin(), version.end(), [](char c) { return HexValue(c) >= 0; }) &&
         std::all_of(rest.begin(), rest.end(),
                     [](char c) { return c == ':' || (Is(kHostChar, c) && c != '%'); });
}

// reg-name = *( unreserved / pct-encoded / sub-delims ); an IPv4 address is one too.
bool IsName(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (!Is(kHostChar, text[i])) return false;
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || HexValue(text[i + 1]) < 0 || HexValue(text[i + 2]) < 0)
      return false;
    i += 2;
  }
  return !text.empty();
}

// [ ":" port ].
bool IsPort(std::string_view text) {
  if (text.empty()) return true;
  return text.front() == ':' && std::all_of(text.begin() + 1, text.end(), IsDecimal);
}

}  // namespace

bool IsIpv6Address(std::string_view text) {
  const size_t gap = text.find("::");
  if (gap == std::string_view::npos) return CountGroups(text, /*last=*/true) == 8;
  const int before = CountGroups(text.substr(0, gap), /*last=*/false);
  const int after = CountGroups(text.substr(gap + 2), /*last=*/true);
  // "::" stands for one group at least.
  return before >= 0 && after >= 0 && before + after <= 7;
}

bool IsHostAndPort(std::string_view text) {
  if (!text.starts_with('[')) {
    const size_t colon = std::min(text.find(':'), text.size());
    return IsName(text.substr(0, colon)) && IsPort(text.substr(colon));
  }
  const size_t end = text.find(']');
  if (end == std::string_view::npos) return false;
  const std::string_view address = text.substr(1, end - 1);
  return (IsIpv6Address(address) || IsLaterAddress(address)) && IsPort(text.substr(end + 1));
}

}  // namespace rollport::http
