// What `rollport history` prints.
#ifndef ROLLPORT_CLI_HISTORY_TEXT_H_
#define ROLLPORT_CLI_HISTORY_TEXT_H_

#include <string>

#include "absl/time/time.h"
#include "api/fleet_control.h"

namespace rollport::cli {

// The generations, then the rolls, a line each, at most 80 columns wide: a longer command is cut
// short, and a reason goes on indented lines.
std::string HistoryText(const api::FleetHistory& history, absl::TimeZone zone);
// One roll: its verdict, what it lost, and the phases of every worker in it.
std::string RollText(const api::RollRecord& roll, absl::TimeZone zone);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_HISTORY_TEXT_H_
