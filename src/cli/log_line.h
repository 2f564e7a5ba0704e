// One event as one line of the controller's log.
#ifndef ROLLPORT_CLI_LOG_LINE_H_
#define ROLLPORT_CLI_LOG_LINE_H_

#include <string>

#include "api/event_log.h"

namespace rollport::cli {

enum class LogLevel { kInfo, kWarning, kCritical };
LogLevel LevelOf(const api::FleetEvent& event);
// "info", "warning", "critical"
const char* Name(LogLevel level);

// For people: "roll 7 slot 0 generation 2 pid 4711: serving after 1.25 s: REASON"
std::string LogText(const api::FleetEvent& event);
// For machines, one object: "at", "level", "event"; and as far as the event has them "roll",
// "slot", "generation", "pid", "phase", "duration" (seconds), "reason" and "verdict".
std::string LogJson(const api::FleetEvent& event);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_LOG_LINE_H_
