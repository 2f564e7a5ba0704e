#include "cli/format.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "cli/columns.h"

namespace rollport::cli {

std::string Seconds(absl::Duration duration) {
  return absl::StrFormat("%.2f s", absl::ToDoubleSeconds(duration));
}

std::string Age(absl::Duration duration) {
  constexpr std::array<std::pair<int64_t, const char*>, 4> kUnits = {
      {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}}};
  int64_t left = absl::ToInt64Seconds(duration);
  for (size_t i = 0; i + 1 < kUnits.size(); ++i) {
    if (left < kUnits[i].first) continue;
    const int64_t less = left % kUnits[i].first / kUnits[i + 1].first;
    return absl::StrCat(left / kUnits[i].first, kUnits[i].second, less, kUnits[i + 1].second);
  }
  return absl::StrCat(left, "s");
}

std::string Took(const api::FleetEvent& event) {
  const bool served = event.phase == "quiescing" || event.phase == "dismissed";
  if (!event.duration.has_value() || served) return "";
  return absl::StrCat(" after ", Seconds(*event.duration));
}

std::string FromTo(int64_t from, int64_t to) {
  return from == to ? absl::StrCat(to) : absl::StrCat(from, " -> ", to);
}

std::string Words(std::string_view kind) {
  std::string words;
  for (const char c : kind) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isupper(byte) != 0 && !words.empty()) words += ' ';
    words += static_cast<char>(std::tolower(byte));
  }
  return words;
}

std::string Wrap(std::string_view text, int width, int indent) {
  const std::string margin(static_cast<size_t>(indent), ' ');
  std::string out;
  std::string line;
  for (const absl::string_view word : absl::StrSplit(ToAbsl(text), ' ', absl::SkipEmpty())) {
    if (!line.empty() && indent + Columns(line) + 1 + Columns(ToStd(word)) > width) {
      absl::StrAppend(&out, margin, line, "\n");
      line.clear();
    }
    absl::StrAppend(&line, line.empty() ? "" : " ", word);
  }
  if (!line.empty()) absl::StrAppend(&out, margin, line, "\n");
  return out;
}

std::vector<std::string> Fold(std::string_view text, int width, int hang) {
  std::vector<std::string> lines;
  hang = std::min(hang, width / 2);
  std::string margin;
  while (true) {
    const int room = std::max(width - static_cast<int>(margin.size()), 1);
    size_t end = FittingBytes(text, room);
    if (end == text.size()) break;
    // Between two words, unless one is longer than a line. A glyph wider than the room is taken
    // too.
    const size_t space = text.substr(0, end + 1).rfind(' ');
    if (space != std::string_view::npos && text.find_first_not_of(' ') < space) end = space;
    end = std::max(end, std::min(text.size(), std::max<size_t>(Utf8Size(text), 1)));
    lines.push_back(margin +
                    std::string(absl::StripTrailingAsciiWhitespace(ToAbsl(text.substr(0, end)))));
    text.remove_prefix(std::min(text.find_first_not_of(' ', end), text.size()));
    margin.assign(static_cast<size_t>(hang), ' ');
    if (text.empty()) return lines;
  }
  lines.push_back(margin + std::string(text));
  return lines;
}

std::string Cut(std::string_view text, int width) {
  const std::string_view line = text.substr(0, text.find('\n'));
  if (line.size() == text.size() && Columns(line) <= width) return std::string(line);
  const std::string_view dots = std::string_view("...").substr(0, std::max(width, 0));
  const int room = std::max(width - static_cast<int>(dots.size()), 0);
  return absl::StrCat(ToAbsl(line.substr(0, FittingBytes(line, room))), ToAbsl(dots));
}

}  // namespace rollport::cli
