// What `rollport top` shows.
#ifndef ROLLPORT_CLI_TOP_TEXT_H_
#define ROLLPORT_CLI_TOP_TEXT_H_

#include <string>
#include <vector>

#include "api/fleet_control.h"
#include "cli/console.h"
#include "cli/top_rates.h"
#include "cli/top_table.h"

namespace rollport::cli {

struct TopView {
  api::FleetStatus status;  // the last known one
  TopRates rates;
  std::string trouble;  // why nothing newer is known; empty if all is well
  std::string clock;    // "12:34:56"
  bool blocks = false;  // the terminal shows the block elements of Unicode
  // What keys change.
  TopOrder order = TopOrder::kSlot;
  bool invert = false;
  bool help = false;
  int scroll = 0;  // the number of workers above the screen
  int page = 1;    // the number of workers on it
};

// The lines of a screen, at most console.height of them and console.width wide: the fleet as a
// whole, a line for each worker, a graph of its requests if there is room, and a last line that
// names keys. With view.help the keys instead. Limits `view.scroll` to the workers that there are,
// and sets `view.page`.
std::vector<std::string> TopLines(const Console& console, TopView* view);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_TOP_TEXT_H_
