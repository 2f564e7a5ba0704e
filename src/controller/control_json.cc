#include "controller/control_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/strings.h"

namespace rollport::controller {
namespace {

// Keeps the order in which keys were put in.
using Json = nlohmann::ordered_json;

// What a program printed may not be UTF-8, and must not make us throw.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

double Seconds(absl::Duration duration) {
  return static_cast<double>(absl::ToInt64Microseconds(duration)) / 1e6;
}

// Null where the object has no such key: these fields are always there.
template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value.has_value() ? Json(*value) : Json();
}

Json ProgressJson(const RollProgress& roll) {
  return {{"number", roll.number},
          {"from", roll.from},
          {"to", roll.to},
          {"phase", roll.phase},
          {"replaced", roll.replaced},
          {"of", roll.of},
          {"seconds", Seconds(roll.elapsed)}};
}

Json WorkerJson(const WorkerStatus& worker) {
  return {{"slot", worker.slot},
          {"pid", worker.pid},
          {"generation", worker.generation},
          {"state", worker.state},
          {"share", worker.share},
          {"accept_queue", OrNull(worker.accept_queue)},
          {"connections", OrNull(worker.connections)},
          {"uptime_seconds", Seconds(worker.uptime)},
          {"status_text", worker.status_text}};
}

Json VerdictJson(const Verdict& verdict) {
  return {{"outcome", verdict.outcome},   {"generation", verdict.generation},
          {"replaced", verdict.replaced}, {"seconds", Seconds(verdict.elapsed)},
          {"cut", verdict.cut},           {"reason", verdict.reason}};
}

RollProgress ReadProgress(const Json& json) {
  return {.number = json.at("number"),
          .from = json.at("from"),
          .to = json.at("to"),
          .phase = json.at("phase"),
          .replaced = json.at("replaced"),
          .of = json.at("of"),
          .elapsed = absl::Seconds(json.at("seconds").get<double>())};
}

WorkerStatus ReadWorker(const Json& json) {
  WorkerStatus worker{.slot = json.at("slot"),
                      .pid = json.at("pid"),
                      .generation = json.at("generation"),
                      .state = json.at("state"),
                      .share = json.at("share"),
                      .uptime = absl::Seconds(json.at("uptime_seconds").get<double>()),
                      .status_text = json.value("status_text", "")};
  if (!json.at("accept_queue").is_null()) worker.accept_queue = json.at("accept_queue");
  if (!json.at("connections").is_null()) worker.connections = json.at("connections");
  return worker;
}

Verdict ReadVerdict(const Json& json) {
  return {.outcome = json.at("outcome"),
          .generation = json.at("generation"),
          .replaced = json.at("replaced"),
          .elapsed = absl::Seconds(json.at("seconds").get<double>()),
          .cut = json.at("cut"),
          .reason = json.at("reason")};
}

FleetStatus ReadStatus(const Json& json) {
  FleetStatus status{.name = json.at("name"),
                     .listen = json.at("listen"),
                     .controller_pid = json.at("controller_pid"),
                     .generation = json.at("generation"),
                     .state = json.at("state"),
                     .steering = json.at("steering"),
                     .steering_reason = json.at("steering_reason"),
                     .migrate_requests = json.at("migrate_requests"),
                     .foreign_listeners = json.at("foreign_listeners")};
  for (const Json& worker : json.at("workers")) status.workers.push_back(ReadWorker(worker));
  if (!json.at("roll").is_null()) status.roll = ReadProgress(json.at("roll"));
  return status;
}

FleetEvent ReadEvent(const Json& json) {
  FleetEvent event{.sequence = json.at("sequence"),
                   .roll = json.at("roll"),
                   .kind = json.at("kind"),
                   .phase = json.value("phase", ""),
                   .message = json.value("message", "")};
  std::string error;
  const std::string at = json.at("at");
  absl::ParseTime(absl::RFC3339_full, at, &event.at, &error);
  if (json.contains("slot")) event.slot = json["slot"].get<int>();
  if (json.contains("generation")) event.generation = json["generation"].get<int64_t>();
  if (json.contains("pid")) event.pid = json["pid"].get<int64_t>();
  if (json.contains("verdict")) event.verdict = ReadVerdict(json["verdict"]);
  return event;
}

// nlohmann-json tells of a missing key or a wrong type by an exception; it ends here.
template <typename T, typename F>
absl::StatusOr<T> Read(std::string_view text, F&& read) {
  try {
    return read(Json::parse(text));
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("not the JSON that was expected: ", error.what()));
  }
}

}  // namespace

std::string ToJson(const FleetStatus& status) {
  Json workers = Json::array();
  for (const WorkerStatus& worker : status.workers) workers.push_back(WorkerJson(worker));
  return Dump({{"name", status.name},
               {"listen", status.listen},
               {"generation", status.generation},
               {"state", status.state},
               {"steering", status.steering},
               {"steering_reason", status.steering_reason},
               {"migrate_requests", status.migrate_requests},
               {"controller_pid", status.controller_pid},
               {"workers", std::move(workers)},
               {"foreign_listeners", status.foreign_listeners},
               {"roll", status.roll.has_value() ? ProgressJson(*status.roll) : Json()}});
}

std::string ToJson(const FleetEvent& event) {
  Json json = {{"sequence", event.sequence},
               {"at", absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", event.at, absl::UTCTimeZone())},
               {"kind", event.kind},
               {"roll", event.roll}};
  if (event.slot.has_value()) json["slot"] = *event.slot;
  if (event.generation.has_value()) json["generation"] = *event.generation;
  if (event.pid.has_value()) json["pid"] = *event.pid;
  if (!event.phase.empty()) json["phase"] = event.phase;
  if (!event.message.empty()) json["message"] = event.message;
  if (event.verdict.has_value()) json["verdict"] = VerdictJson(*event.verdict);
  return Dump(json);
}

std::string ToJson(const Verdict& verdict) { return Dump(VerdictJson(verdict)); }

std::string RollRequestJson(const std::optional<std::vector<std::string>>& command) {
  Json json = Json::object();
  if (command.has_value()) json["command"] = *command;
  return Dump(json);
}

absl::StatusOr<std::optional<std::vector<std::string>>> ParseRollRequest(std::string_view json) {
  using Command = std::optional<std::vector<std::string>>;
  if (json.empty()) return Command();
  const Json request = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!request.is_object()) return absl::InvalidArgumentError("the body is not a JSON object");
  Command command;
  for (const auto& [key, value] : request.items()) {
    if (key != "command") return absl::InvalidArgumentError(absl::StrCat("unknown key ", key));
    if (!value.is_array() || value.empty()) {
      return absl::InvalidArgumentError("\"command\" is not a list of one or more strings");
    }
    command.emplace();
    for (const Json& word : value) {
      if (!word.is_string() || word.get_ref<const std::string&>().find('\0') != std::string::npos) {
        return absl::InvalidArgumentError("\"command\" holds what cannot be an argument");
      }
      command->push_back(word);
    }
  }
  return command;
}

std::string RollAcceptedJson(int64_t roll) { return Dump({{"roll", roll}}); }

absl::StatusOr<int64_t> ParseRollAccepted(std::string_view json) {
  return Read<int64_t>(json, [](const Json& j) { return j.at("roll").get<int64_t>(); });
}

std::string ErrorJson(std::string_view message, const std::optional<RollProgress>& roll) {
  Json json = {{"error", std::string(message)}};
  if (roll.has_value()) json["roll"] = ProgressJson(*roll);
  return Dump(json);
}

absl::StatusOr<ApiError> ParseError(std::string_view json) {
  return Read<ApiError>(json, [](const Json& j) {
    ApiError error{.message = j.at("error")};
    if (j.contains("roll")) error.roll = ReadProgress(j["roll"]);
    return error;
  });
}

absl::StatusOr<FleetStatus> ParseStatus(std::string_view json) {
  return Read<FleetStatus>(json, ReadStatus);
}

absl::StatusOr<FleetEvent> ParseEvent(std::string_view json) {
  return Read<FleetEvent>(json, ReadEvent);
}

}  // namespace rollport::controller
