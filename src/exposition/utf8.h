// What may stand in a scrape is UTF-8, and Prometheus takes nothing of a scrape that is not.
#ifndef ROLLPORT_EXPOSITION_UTF8_H_
#define ROLLPORT_EXPOSITION_UTF8_H_

#include <string>
#include <string_view>

namespace rollport::exposition {

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsUtf8(std::string_view text);
// `text` with U+FFFD for each byte that is no part of a character.
std::string ToUtf8(std::string_view text);

}  // namespace rollport::exposition

#endif  // ROLLPORT_EXPOSITION_UTF8_H_
