// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#ifndef ROLLPORT_BASE_UTF8_H_
#define ROLLPORT_BASE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rollport {

// How many bytes the character at the front of `text` has; 0 if there is none. REQUIRES: `text` is
// not empty.
size_t Utf8Size(std::string_view text);
// The code point of a character. REQUIRES: `character` is one character.
uint32_t Utf8Code(std::string_view character);
// True if `text` is nothing but characters.
bool IsUtf8(std::string_view text);
// `text` with U+FFFD for each byte that is no part of a character.
std::string ToUtf8(std::string_view text);
// At most the first `bytes` of `text`, and no part of a character at its end.
std::string_view Utf8Prefix(std::string_view text, size_t bytes);

}  // namespace rollport

#endif  // ROLLPORT_BASE_UTF8_H_
