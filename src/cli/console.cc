#include "cli/console.h"

#include "absl/strings/str_cat.h"
#include "base/strings.h"

namespace rollport::cli {

std::string Paint(const Console& console, Color color, std::string_view text) {
  if (!console.color) return std::string(text);
  const char* code = color == Color::kRed      ? "31"
                     : color == Color::kGreen  ? "32"
                     : color == Color::kYellow ? "33"
                                               : "2";
  return absl::StrCat("\033[", code, "m", ToAbsl(text), "\033[0m");
}

ExitStatus Complain(const Console& console, ExitStatus status, std::string_view message) {
  console.err << Paint(console, Color::kRed, "rollport:") << " " << message << std::endl;
  return status;
}

}  // namespace rollport::cli
