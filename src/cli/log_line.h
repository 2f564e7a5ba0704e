// One event as one line of the controller's log.
#ifndef ROLLPORT_CLI_LOG_LINE_H_
#define ROLLPORT_CLI_LOG_LINE_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "api/event_log.h"

namespace rollport::cli {

enum class LogLevel { kInfo, kWarning, kCritical };
LogLevel LevelOf(const api::FleetEvent& event);
// "info", "warning", "critical"
const char* Name(LogLevel level);

enum class LogFormat {
  kText,    // for people
  kJson,    // one object for each line
  kLogfmt,  // the same as key=value pairs
};
// "text", "json" or "logfmt"; nullopt for anything else.
std::optional<LogFormat> LogFormatNamed(std::string_view name);

struct LogStyle {
  LogFormat format = LogFormat::kText;
  bool terminal = false;  // people read it as it is written
  bool color = false;     // of a terminal
  bool journal = false;   // journald reads it, which notes the time by itself
  absl::TimeZone zone;    // of text
};

// The line, without a line end: the text, or the pairs. Text begins with the time of day on a
// terminal, elsewhere with the date, the time and the level; on a terminal and in the journal the
// level is said only if it is not "info". For the journal each line begins with its priority, "<4>"
// for a warning (sd-daemon(3)). Nothing in it can control a terminal.
std::string LogLine(const api::FleetEvent& event, const LogStyle& style);

// For people: "roll 7 slot 0 generation 2 pid 4711: serving after 1.25 s: REASON"
std::string LogText(const api::FleetEvent& event);
// For machines: "at", "level", "event"; and as far as the event has them "roll", "slot",
// "generation", "pid", "phase", "duration" (seconds), "reason" and "verdict". What a worker wrote
// has "stream" and "message" instead of "phase" and "reason".
std::string LogJson(const api::FleetEvent& event);
// The same pairs; those of the verdict are "verdict_outcome" and so on.
std::string LogLogfmt(const api::FleetEvent& event);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_LOG_LINE_H_
