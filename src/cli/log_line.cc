#include "cli/log_line.h"

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/control_json.h"
#include "cli/format.h"

namespace rollport::cli {

using api::FleetEvent;

LogLevel LevelOf(const FleetEvent& event) {
  if (event.kind == api::event_kind::kPromiseBroken) return LogLevel::kCritical;
  for (const char* bad : {"Failed", "Lost", "Refused", "Reverting"}) {
    if (absl::StrContains(event.kind, bad)) return LogLevel::kWarning;
  }
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
  // Keeps the order in which keys were put in.
  using Json = nlohmann::ordered_json;
  Json json = {{"at", absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", event.at, absl::UTCTimeZone())},
               {"level", Name(LevelOf(event))},
               {"event", event.kind}};
  if (event.roll != 0) json["roll"] = event.roll;
  if (event.slot.has_value()) json["slot"] = *event.slot;
  if (event.generation.has_value()) json["generation"] = *event.generation;
  if (event.pid.has_value()) json["pid"] = *event.pid;
  if (!event.phase.empty()) json["phase"] = event.phase;
  if (event.duration.has_value()) json["duration"] = absl::ToDoubleSeconds(*event.duration);
  if (!event.message.empty()) json["reason"] = event.message;
  if (event.verdict.has_value()) {
    json["verdict"] = Json::parse(api::ToJson(*event.verdict));
  }
  // What a program printed may not be UTF-8, and must not make us throw.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rollport::cli
