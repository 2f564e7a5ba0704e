// What `rollport status` prints, and the parts of it that other commands print too.
#ifndef ROLLPORT_CLI_STATUS_TEXT_H_
#define ROLLPORT_CLI_STATUS_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "api/fleet_control.h"
#include "cli/format.h"

namespace rollport::cli {

// At most `width` columns wide, unless a single word is wider, and no narrower than the table.
std::string StatusText(const api::FleetStatus& status, int width = kWidth);
// Its parts: what is above the table, with line ends; the head of the table and one worker's line,
// without.
std::string StatusHead(const api::FleetStatus& status, int width = kWidth);
std::string WorkerHead();
std::string WorkerLine(const api::WorkerStatus& worker);

// "roll 7: generation 3 -> 4, rolling, 1 of 4 slots replaced, 1.50 s"
std::string ProgressText(const api::RollProgress& roll);
// "canary step 1 of 2: 5% of new connections, 42.00 s left"
std::string CanaryText(const api::CanaryProgress& canary);
// The lines below a roll's progress while it has a canary or is paused; `next` says what to type if
// it is paused.
std::vector<std::string> FootText(const api::RollProgress& roll, const std::string& next);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_STATUS_TEXT_H_
