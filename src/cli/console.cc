#include "cli/console.h"

#include <sys/ioctl.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/control_json.h"
#include "base/printable.h"
#include "base/strings.h"
#include "cli/format.h"

namespace rollport::cli {

void Measure(Console* console) {
  winsize size{};
  if (console->terminal < 0 || ioctl(console->terminal, TIOCGWINSZ, &size) != 0) return;
  if (size.ws_col == 0 || size.ws_row == 0) return;
  console->width = size.ws_col;
  console->height = size.ws_row;
}

std::string Paint(const Console& console, Color color, std::string_view text) {
  if (!console.color) return std::string(text);
  const char* code = color == Color::kRed      ? "31"
                     : color == Color::kGreen  ? "32"
                     : color == Color::kYellow ? "33"
                                               : "2";
  return absl::StrCat("\033[", code, "m", ToAbsl(text), "\033[0m");
}

std::string Lines(const Console& console, std::string_view text, int hang) {
  if (!console.live) return absl::StrCat(ToAbsl(text), "\n");
  return absl::StrCat(absl::StrJoin(Fold(text, console.width, hang), "\n"), "\n");
}

void PrintError(const Console& console, std::string_view message) {
  if (console.json) console.out << api::ErrorJson(message, std::nullopt) << std::endl;
}

ExitStatus ComplainInWords(const Console& console, ExitStatus status, std::string_view message) {
  constexpr std::string_view kWho = "rollport:";
  // Folded with the name, which is coloured only then.
  const std::string text = Lines(console, absl::StrCat(ToAbsl(kWho), " ", Printable(message)));
  console.err << Paint(console, Color::kRed, kWho) << text.substr(kWho.size()) << std::flush;
  return status;
}

ExitStatus Complain(const Console& console, ExitStatus status, std::string_view message) {
  PrintError(console, message);
  return ComplainInWords(console, status, message);
}

}  // namespace rollport::cli
