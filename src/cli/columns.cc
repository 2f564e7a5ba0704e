#include "cli/columns.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/utf8.h"

namespace rollport::cli {
namespace {

using Ranges = std::pair<uint32_t, uint32_t>;

// The blocks of wide characters, in whole: UAX 11, "W" and "F".
constexpr std::array kWide = {
    Ranges{0x1100, 0x115f},   Ranges{0x2e80, 0xa4cf},   Ranges{0xac00, 0xd7a3},
    Ranges{0xf900, 0xfaff},   Ranges{0xfe30, 0xfe6f},   Ranges{0xff00, 0xff60},
    Ranges{0xffe0, 0xffe6},   Ranges{0x1f300, 0x1f64f}, Ranges{0x1f680, 0x1f6ff},
    Ranges{0x1f900, 0x1faff}, Ranges{0x20000, 0x3fffd}};
// Marks that combine with what stands before them, and joiners.
constexpr std::array kNarrow = {
    Ranges{0x0300, 0x036f}, Ranges{0x1ab0, 0x1aff}, Ranges{0x1dc0, 0x1dff}, Ranges{0x200b, 0x200d},
    Ranges{0x20d0, 0x20ff}, Ranges{0xfe00, 0xfe0f}, Ranges{0xfe20, 0xfe2f}, Ranges{0xfeff, 0xfeff}};

bool IsIn(const auto& ranges, uint32_t code) {
  return std::any_of(ranges.begin(), ranges.end(), [code](const Ranges& range) {
    return range.first <= code && code <= range.second;
  });
}

struct Glyph {
  size_t bytes = 1;
  int columns = 1;
};

Glyph FirstGlyph(std::string_view text) {
  const size_t size = Utf8Size(text);
  if (size <= 1) return {};
  const uint32_t code = Utf8Code(text.substr(0, size));
  return {.bytes = size, .columns = IsIn(kNarrow, code) ? 0 : IsIn(kWide, code) ? 2 : 1};
}

}  // namespace

int Columns(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const Glyph glyph = FirstGlyph(text);
    columns += glyph.columns;
    text.remove_prefix(glyph.bytes);
  }
  return columns;
}

size_t FittingBytes(std::string_view text, int columns) {
  size_t bytes = 0;
  while (bytes < text.size()) {
    const Glyph glyph = FirstGlyph(text.substr(bytes));
    if (glyph.columns > columns) break;
    columns -= glyph.columns;
    bytes += glyph.bytes;
  }
  return bytes;
}

std::string PadRight(std::string_view text, int columns) {
  return std::string(text) +
         std::string(static_cast<size_t>(std::max(columns - Columns(text), 0)), ' ');
}

std::string PadLeft(std::string_view text, int columns) {
  return std::string(static_cast<size_t>(std::max(columns - Columns(text), 0)), ' ') +
         std::string(text);
}

}  // namespace rollport::cli
