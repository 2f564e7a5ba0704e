// A terminal that does not echo what is typed while lines on it are rewritten.
#ifndef ROLLPORT_CLI_QUIET_TERMINAL_H_
#define ROLLPORT_CLI_QUIET_TERMINAL_H_

#include <termios.h>

#include <optional>

namespace rollport::cli {

// Keys stay in the terminal's queue for the program that reads it next, and Ctrl-C and Ctrl-Z stay
// signals: the owner must catch them, so that the destructor runs.
class QuietTerminal {
 public:
  // `keys` is the terminal's descriptor for input, borrowed; -1 if there is none.
  explicit QuietTerminal(int keys) : keys_(keys) { Silence(); }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;
  ~QuietTerminal() { Restore(); }

  // Does nothing in the background, where it would stop this process (SIGTTOU).
  void Silence();
  void Restore();

 private:
  const int keys_;
  std::optional<termios> before_;
};

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_QUIET_TERMINAL_H_
