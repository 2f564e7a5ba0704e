#include "cli/full_screen.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace rollport::cli {
namespace {

// Control sequences of xterm that every terminal of today understands: xterm's ctlseqs.
constexpr char kEnter[] = "\033[?1049h\033[?25l";  // alternate screen, no cursor
constexpr char kLeave[] = "\033[?25h\033[?1049l";
constexpr char kHome[] = "\033[H";
constexpr char kEraseToLineEnd[] = "\033[K";
constexpr char kEraseBelow[] = "\033[J";

}  // namespace

FullScreen::FullScreen(std::ostream& out, int keys) : out_(out), keys_(keys) { Enter(); }

void FullScreen::Enter() {
  if (std::exchange(entered_, true)) return;
  termios now{};
  if (keys_ >= 0 && tcgetattr(keys_, &now) == 0) {
    before_ = now;
    now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    tcsetattr(keys_, TCSANOW, &now);
  }
  out_ << kEnter << std::flush;
}

void FullScreen::Leave() {
  if (!std::exchange(entered_, false)) return;
  out_ << kLeave << std::flush;
  if (before_.has_value()) tcsetattr(keys_, TCSANOW, &*before_);
  before_.reset();
}

void FullScreen::Draw(const std::vector<std::string>& lines) {
  std::string text = kHome;
  for (size_t i = 0; i < lines.size(); ++i) {
    // A line end after the last line would scroll a full screen.
    absl::StrAppend(&text, i == 0 ? "" : "\r\n", lines[i], kEraseToLineEnd);
  }
  out_ << text << kEraseBelow << std::flush;
}

}  // namespace rollport::cli
