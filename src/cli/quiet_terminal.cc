#include "cli/quiet_terminal.h"

#include <unistd.h>

namespace rollport::cli {
namespace {

bool InForeground(int terminal) { return tcgetpgrp(terminal) == getpgrp(); }

}  // namespace

void QuietTerminal::Silence() {
  termios now{};
  if (before_.has_value() || keys_ < 0 || !InForeground(keys_)) return;
  if (tcgetattr(keys_, &now) != 0) return;
  before_ = now;
  now.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(keys_, TCSANOW, &now);
}

void QuietTerminal::Restore() {
  if (before_.has_value() && InForeground(keys_)) tcsetattr(keys_, TCSANOW, &*before_);
  before_.reset();
}

}  // namespace rollport::cli
