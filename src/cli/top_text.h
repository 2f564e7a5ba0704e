// What `rollport top` shows.
#ifndef ROLLPORT_CLI_TOP_TEXT_H_
#define ROLLPORT_CLI_TOP_TEXT_H_

#include <string>
#include <vector>

#include "api/fleet_control.h"
#include "cli/console.h"

namespace rollport::cli {

struct TopView {
  api::FleetStatus status;  // the last that was heard of the fleet
  std::string trouble;      // why nothing newer is known; empty where all is well
  std::string clock;        // "12:34:56"
  int scroll = 0;           // workers that are above the screen
};

// The lines of a screen, at most console.height of them and console.width wide: what concerns the
// whole fleet, a line for each worker, and a last line that says which keys there are. Takes
// `view.scroll` back to where there is something to see.
std::vector<std::string> TopLines(const Console& console, TopView* view);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_TOP_TEXT_H_
