// How much of a terminal's line a text takes.
#ifndef ROLLPORT_CLI_COLUMNS_H_
#define ROLLPORT_CLI_COLUMNS_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace rollport::cli {

// The columns that `text` takes, which is UTF-8 without control characters: two for a wide
// character (Unicode Standard Annex 11, and emoji), none for a combining one.
int Columns(std::string_view text);
// The length in bytes of as much of the beginning of `text` as takes at most `columns`.
size_t FittingBytes(std::string_view text, int columns);
// `text` with spaces behind it, or before it, up to this many columns.
std::string PadRight(std::string_view text, int columns);
std::string PadLeft(std::string_view text, int columns);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_COLUMNS_H_
