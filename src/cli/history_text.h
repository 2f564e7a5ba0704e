// What `rollport history` prints.
#ifndef ROLLPORT_CLI_HISTORY_TEXT_H_
#define ROLLPORT_CLI_HISTORY_TEXT_H_

#include <string>

#include "absl/time/time.h"
#include "api/fleet_control.h"
#include "cli/format.h"

namespace rollport::cli {

// The generations, then the rolls, a line each. What is wider than `width` columns, a command or a
// reason, goes on in further lines, and nothing is left out.
std::string HistoryText(const api::FleetHistory& history, absl::TimeZone zone, int width = kWidth);
// One roll: its verdict, what it lost, and the phases of every worker in it.
std::string RollText(const api::RollRecord& roll, absl::TimeZone zone, int width = kWidth);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_HISTORY_TEXT_H_
