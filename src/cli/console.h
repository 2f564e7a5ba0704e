// Where a command prints, and how.
#ifndef ROLLPORT_CLI_CONSOLE_H_
#define ROLLPORT_CLI_CONSOLE_H_

#include <ostream>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace rollport::cli {

// docs/design.md, "The command".
enum ExitStatus : int {
  kDone = 0,
  kFailed = 1,         // and the fleet is as it was
  kWrong = 2,          // the command or the fleet file
  kNoController = 3,   // answers
  kInterrupted = 130,  // by Ctrl-C, as shells report it
};

struct Console {
  std::ostream& out;
  std::ostream& err;
  bool live = false;   // `out` is a terminal whose lines can be rewritten
  bool color = false;  // it is a terminal, and NO_COLOR is not set
  int width = 80;
  int height = 24;
  int terminal = -1;                           // if `out` is a terminal: its descriptor, borrowed
  int keys = -1;                               // if stdin is a terminal: its descriptor, borrowed
  bool json = false;                           // one JSON object on `out`, and nothing else
  absl::Duration patience = absl::Seconds(5);  // with a controller that is silent
};

// Updates width and height to the terminal's present size.
void Measure(Console* console);

enum class Color { kRed, kGreen, kYellow, kDim };

// `text` in that colour, or plain.
std::string Paint(const Console& console, Color color, std::string_view text);

// `text`, which is one line, with line ends: on a terminal folded at its width, so that no word is
// torn apart; else as it is.
std::string Lines(const Console& console, std::string_view text, int hang = 0);

// With --json, prints {"error":"MESSAGE"} on out.
void PrintError(const Console& console, std::string_view message);
// Prints "rollport: MESSAGE" on err, as one line fit for a terminal, and returns `status`: for
// callers that print JSON of their own.
ExitStatus ComplainInWords(const Console& console, ExitStatus status, std::string_view message);
// Both.
ExitStatus Complain(const Console& console, ExitStatus status, std::string_view message);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_CONSOLE_H_
