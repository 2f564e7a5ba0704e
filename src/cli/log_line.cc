#include "cli/log_line.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/control_json.h"
#include "cli/format.h"
#include "json/format.h"
#include "json/value.h"

namespace rollport::cli {

using api::FleetEvent;

LogLevel LevelOf(const FleetEvent& event) {
  if (event.kind == api::event_kind::kPromiseBroken) return LogLevel::kCritical;
  for (const char* bad : {"Failed", "Foreign", "Ignored", "Lost", "Refused", "Reverting"}) {
    if (absl::StrContains(event.kind, bad)) return LogLevel::kWarning;
  }
  if (event.failed) return LogLevel::kWarning;
  if (event.verdict.has_value() && event.verdict->outcome != "rolled") return LogLevel::kWarning;
  return LogLevel::kInfo;
}

const char* Name(LogLevel level) {
  return level == LogLevel::kInfo ? "info" : level == LogLevel::kWarning ? "warning" : "critical";
}

std::string LogText(const FleetEvent& event) {
  std::string line;
  if (event.roll != 0) absl::StrAppend(&line, "roll ", event.roll, " ");
  if (event.slot.has_value()) absl::StrAppend(&line, "slot ", *event.slot, " ");
  if (event.generation.has_value()) absl::StrAppend(&line, "generation ", *event.generation, " ");
  if (event.pid.has_value()) absl::StrAppend(&line, "pid ", *event.pid, " ");
  if (!line.empty()) line.back() = ':';
  absl::StrAppend(&line, line.empty() ? "" : " ",
                  event.phase.empty() ? Words(event.kind) : event.phase);
  absl::StrAppend(&line, Took(event));
  if (!event.message.empty()) absl::StrAppend(&line, ": ", event.message);
  return line;
}

std::string LogJson(const FleetEvent& event) {
  json::Ordered line = {{"at", json::TimeAsRfc3339::Encode(event.at)},
                        {"level", Name(LevelOf(event))},
                        {"event", event.kind}};
  if (event.roll != 0) line["roll"] = event.roll;
  if (event.slot.has_value()) line["slot"] = *event.slot;
  if (event.generation.has_value()) line["generation"] = *event.generation;
  if (event.pid.has_value()) line["pid"] = *event.pid;
  if (!event.phase.empty()) line["phase"] = event.phase;
  if (event.duration.has_value()) line["duration"] = absl::ToDoubleSeconds(*event.duration);
  if (!event.message.empty()) line["reason"] = event.message;
  if (event.verdict.has_value()) {
    line["verdict"] = json::Ordered::parse(api::ToJson(*event.verdict));
  }
  return json::ToLine(line);
}

}  // namespace rollport::cli
