// A terminal taken as a whole, and given back as it was.
#ifndef ROLLPORT_CLI_FULL_SCREEN_H_
#define ROLLPORT_CLI_FULL_SCREEN_H_

#include <termios.h>

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace rollport::cli {

// Uses the alternate screen, so that what stood there comes back. Keys come one by one and are not
// shown; Ctrl-C and Ctrl-Z stay signals, which the owner must catch to let the destructor run.
class FullScreen {
 public:
  // `keys` is the terminal's descriptor for input, borrowed; -1 where nobody types.
  FullScreen(std::ostream& out, int keys);
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;
  ~FullScreen() { Leave(); }

  // Gives the terminal back, and takes it again.
  void Leave();
  void Enter();
  // Writes these lines from the top; they fit the screen. One turn of bytes, so that nothing
  // flickers.
  void Draw(const std::vector<std::string>& lines);

 private:
  std::ostream& out_;
  const int keys_;
  std::optional<termios> before_;
  bool entered_ = false;
};

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_FULL_SCREEN_H_
