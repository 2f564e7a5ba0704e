// What `rollport top` shows.
#ifndef ROLLPORT_CLI_TOP_TEXT_H_
#define ROLLPORT_CLI_TOP_TEXT_H_

#include <string>
#include <vector>

#include "api/fleet_control.h"
#include "cli/console.h"

namespace rollport::cli {

struct TopView {
  api::FleetStatus status;  // the last known one
  std::string trouble;      // why nothing newer is known; empty if all is well
  std::string clock;        // "12:34:56"
  int scroll = 0;           // the number of workers above the screen
};

// The lines of a screen, at most console.height of them and console.width wide: the fleet as a
// whole, a line for each worker, and a last line that names the keys. Limits `view.scroll` to the
// workers that there are.
std::vector<std::string> TopLines(const Console& console, TopView* view);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_TOP_TEXT_H_
