// Where a command prints, and how it may.
#ifndef ROLLPORT_CLI_CONSOLE_H_
#define ROLLPORT_CLI_CONSOLE_H_

#include <ostream>
#include <string>
#include <string_view>

namespace rollport::cli {

// DESIGN section 6.
enum ExitStatus : int {
  kDone = 0,
  kFailed = 1,         // and the fleet is as it was
  kWrong = 2,          // the command or the fleet file
  kNoController = 3,   // answers
  kInterrupted = 130,  // by Ctrl-C, as shells have it
};

struct Console {
  std::ostream& out;
  std::ostream& err;
  bool live = false;   // `out` is a terminal whose lines may be written again
  bool color = false;  // NO_COLOR is not set, and it is a terminal
  int width = 80;
  int height = 24;
  int terminal = -1;  // where `out` is a terminal: its descriptor, borrowed
  int keys = -1;      // where there is somebody to press keys: stdin, borrowed
  bool json = false;  // one JSON object on `out`, and nothing else
};

// Takes the terminal's size as it is now.
void Measure(Console* console);

enum class Color { kRed, kGreen, kYellow, kDim };

// `text` in that colour, or plain.
std::string Paint(const Console& console, Color color, std::string_view text);

// Where JSON is wanted, prints {"error":"MESSAGE"} on out.
void PrintError(const Console& console, std::string_view message);
// Prints "rollport: MESSAGE" on err and returns `status`: where the JSON object tells more.
ExitStatus ComplainInWords(const Console& console, ExitStatus status, std::string_view message);
// Both.
ExitStatus Complain(const Console& console, ExitStatus status, std::string_view message);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_CONSOLE_H_
