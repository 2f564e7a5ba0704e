// Foreign text on its way to a terminal.
#ifndef ROLLPORT_BASE_PRINTABLE_H_
#define ROLLPORT_BASE_PRINTABLE_H_

#include <string>
#include <string_view>

namespace rollport {

// `text` with everything written out that could move the cursor, change the terminal or reorder
// what stands beside it: control characters but the tab (C0, DEL, and C1 of ISO 6429, in UTF-8 and
// as single bytes) as "\x1b", separators of lines and marks of direction (Unicode Standard Annex 9)
// as "\u202e".
std::string Printable(std::string_view text);

// The same for the text of a JSON document: what is not printable becomes an escape of JSON (RFC
// 8259 section 7), so that it means what it meant. Line ends and tabs stay.
std::string PrintableJson(std::string_view json);

}  // namespace rollport

#endif  // ROLLPORT_BASE_PRINTABLE_H_
