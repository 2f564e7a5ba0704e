// The extensions of a chunk, byte by byte (RFC 9112 section 7.1.1):
//   chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
// where a value is a token or a quoted string. White space stands only where this has BWS, which a
// recipient must accept (RFC 9110 section 5.6.3). Internal to src/http.
#ifndef ROLLPORT_HTTP_CHUNK_EXTENSION_H_
#define ROLLPORT_HTTP_CHUNK_EXTENSION_H_

#include <optional>

namespace rollport::http {

// What has been read last.
enum class ExtensionPlace {
  kSize,     // the size, which stands before
  kSizeGap,  // BWS behind it
  kSemicolon,
  kName,
  kNameGap,  // BWS behind a name, before a "=" or ";"
  kEquals,
  kToken,
  kQuoted,      // within a quoted string
  kQuotedPair,  // a backslash there
  kUnquoted,    // the end of a quoted string
  kValueGap,    // BWS behind a value, before a ";"
};

// The place after `c`; nullopt if it must not stand there.
std::optional<ExtensionPlace> AfterExtension(ExtensionPlace place, char c);
// The extensions may end here.
bool ExtensionMayEnd(ExtensionPlace place);

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_CHUNK_EXTENSION_H_
