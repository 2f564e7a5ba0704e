#include "http/chunk_extension.h"

#include "http/chars.h"

namespace rollport::http {

std::optional<ExtensionPlace> AfterExtension(ExtensionPlace place, char c) {
  using enum ExtensionPlace;
  const bool blank = c == ' ' || c == '\t', token = Is(kTokenChar, c), text = Is(kTextChar, c);
  switch (place) {
    case kSize:
    case kSizeGap:
      if (blank) return kSizeGap;
      break;
    case kSemicolon:
      if (blank) return kSemicolon;
      return token ? std::optional(kName) : std::nullopt;
    case kName:
      if (token) return kName;
      [[fallthrough]];
    case kNameGap:
      if (blank) return kNameGap;
      if (c == '=') return kEquals;
      break;
    case kEquals:
      if (blank) return kEquals;
      if (c == '"') return kQuoted;
      return token ? std::optional(kToken) : std::nullopt;
    case kQuoted:
      if (!text) return std::nullopt;
      return c == '"' ? kUnquoted : c == '\\' ? kQuotedPair : kQuoted;
    case kQuotedPair:
      return text ? std::optional(kQuoted) : std::nullopt;
    case kToken:
      if (token) return kToken;
      [[fallthrough]];
    case kUnquoted:
    case kValueGap:
      if (blank) return kValueGap;
      break;
  }
  return c == ';' ? std::optional(kSemicolon) : std::nullopt;
}

bool ExtensionMayEnd(ExtensionPlace place) {
  return place == ExtensionPlace::kSize || place == ExtensionPlace::kName ||
         place == ExtensionPlace::kToken || place == ExtensionPlace::kUnquoted;
}

}  // namespace rollport::http
