// A terminal's whole screen, given back as it was.
#ifndef ROLLPORT_CLI_FULL_SCREEN_H_
#define ROLLPORT_CLI_FULL_SCREEN_H_

#include <termios.h>

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace rollport::cli {

// Uses the alternate screen, so that the former content comes back. Keys arrive one by one and are
// not echoed. Ctrl-C and Ctrl-Z stay signals: the owner must catch them, so that the destructor
// runs.
class FullScreen {
 public:
  // `keys` is the terminal's descriptor for input, borrowed; -1 if there is none.
  FullScreen(std::ostream& out, int keys);
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;
  ~FullScreen() { Leave(); }

  // Gives the terminal back, and takes it again.
  void Leave();
  void Enter();
  // Writes these lines from the top, in one piece, so that nothing flickers. REQUIRES: they fit the
  // screen.
  void Draw(const std::vector<std::string>& lines);

 private:
  std::ostream& out_;
  const int keys_;
  std::optional<termios> before_;
  bool entered_ = false;
};

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_FULL_SCREEN_H_
