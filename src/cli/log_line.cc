#include "cli/log_line.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/control_json.h"
#include "base/printable.h"
#include "cli/format.h"
#include "json/format.h"
#include "json/value.h"

namespace rollport::cli {

using api::FleetEvent;

namespace {

json::Ordered Pairs(const FleetEvent& event) {
  json::Ordered line = {{"at", json::TimeAsRfc3339::Encode(event.at)},
                        {"level", Name(LevelOf(event))},
                        {"event", event.kind}};
  if (event.roll != 0) line["roll"] = event.roll;
  if (event.slot.has_value()) line["slot"] = *event.slot;
  if (event.generation.has_value()) line["generation"] = *event.generation;
  if (event.pid.has_value()) line["pid"] = *event.pid;
  const bool output = event.kind == api::event_kind::kWorkerWrote;
  if (!event.phase.empty()) line[output ? "stream" : "phase"] = event.phase;
  if (event.duration.has_value()) line["duration"] = absl::ToDoubleSeconds(*event.duration);
  // An empty line is a line too.
  if (output || !event.message.empty()) line[output ? "message" : "reason"] = event.message;
  if (event.verdict.has_value()) {
    line["verdict"] = json::Ordered::parse(api::ToJson(*event.verdict));
  }
  return line;
}

// A value that could be taken for more than one word is quoted, with the escapes of JSON.
void AppendPair(const std::string& key, const json::Ordered& value, std::string* line) {
  absl::StrAppend(line, line->empty() ? "" : " ", key, "=");
  const std::string quoted = json::ToLine(value);
  if (!value.is_string()) {
    *line += quoted;
    return;
  }
  const auto& text = value.get_ref<const std::string&>();
  const bool plain = quoted.size() == text.size() + 2 && !text.empty() &&
                     text.find_first_of(" =\t") == std::string::npos;
  *line += plain ? text : quoted;
}

// sd-daemon(3).
const char* Priority(LogLevel level) {
  return level == LogLevel::kInfo ? "<6>" : level == LogLevel::kWarning ? "<4>" : "<2>";
}

// What stands before the text.
std::string TextHead(const FleetEvent& event, const LogStyle& style) {
  const LogLevel level = LevelOf(event);
  std::string head;
  if (!style.journal) {
    const char* form = style.terminal ? "%H:%M:%S " : "%Y-%m-%d%ET%H:%M:%E3S%Ez ";
    head = absl::FormatTime(form, event.at, style.zone);
  }
  if (level == LogLevel::kInfo && (style.terminal || style.journal)) return head;
  const char* color = level == LogLevel::kCritical ? "\033[31m" : "\033[33m";
  const bool paint = style.color && level != LogLevel::kInfo;
  return absl::StrCat(head, paint ? color : "", Name(level), paint ? "\033[0m " : " ");
}

}  // namespace

LogLevel LevelOf(const FleetEvent& event) {
  if (event.kind == api::event_kind::kPromiseBroken) return LogLevel::kCritical;
  for (const char* bad :
       {"Failed", "Forced", "Foreign", "Ignored", "Lost", "Refused", "Reverting"}) {
    if (absl::StrContains(event.kind, bad)) return LogLevel::kWarning;
  }
  if (event.failed) return LogLevel::kWarning;
  if (event.verdict.has_value() && event.verdict->outcome != "rolled") return LogLevel::kWarning;
  return LogLevel::kInfo;
}

const char* Name(LogLevel level) {
  return level == LogLevel::kInfo ? "info" : level == LogLevel::kWarning ? "warning" : "critical";
}

std::optional<LogFormat> LogFormatNamed(std::string_view name) {
  if (name == "text") return LogFormat::kText;
  if (name == "json") return LogFormat::kJson;
  if (name == "logfmt") return LogFormat::kLogfmt;
  return std::nullopt;
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
  return Printable(line);
}

std::string LogJson(const FleetEvent& event) { return json::ToLine(Pairs(event)); }

std::string LogLogfmt(const FleetEvent& event) {
  std::string line;
  const json::Ordered pairs = Pairs(event);
  for (const auto& [key, value] : pairs.items()) {
    if (!value.is_object()) {
      AppendPair(key, value, &line);
      continue;
    }
    for (const auto& [inner, its] : value.items())
      AppendPair(absl::StrCat(key, "_", inner), its, &line);
  }
  return line;
}

std::string LogLine(const FleetEvent& event, const LogStyle& style) {
  const std::string priority = style.journal ? Priority(LevelOf(event)) : "";
  switch (style.format) {
    case LogFormat::kText:
      return absl::StrCat(priority, TextHead(event, style), LogText(event));
    case LogFormat::kJson:
      return absl::StrCat(priority, LogJson(event));
    case LogFormat::kLogfmt:
      break;
  }
  return absl::StrCat(priority, LogLogfmt(event));
}

}  // namespace rollport::cli
