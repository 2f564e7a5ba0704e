// `rollport run`.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>

#include "base/strings.h"
#include "cli/commands.h"
#include "cli/log_line.h"
#include "controller/fleet_file.h"

namespace rollport::cli {
namespace {

using controller::FleetEvent;

spdlog::level::level_enum LevelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kCritical:
      break;
  }
  return spdlog::level::critical;
}

}  // namespace

ExitStatus Run(const Arguments& arguments, const Console& console, const Runner& runner) {
  const auto settings = controller::LoadFleetFile(arguments.file);
  if (!settings.ok()) return Complain(console, kWrong, ToStd(settings.status().message()));
  spdlog::logger log("rollport", std::make_shared<spdlog::sinks::stderr_sink_st>());
  // For people on a terminal; elsewhere a program reads it, and has the time in its own field.
  const bool json = isatty(STDERR_FILENO) == 0;
  log.set_pattern(json ? "%v" : "%Y-%m-%dT%H:%M:%S.%f%z %l %v");
  const absl::Status status = runner(*settings, [&log, json](const FleetEvent& event) {
    log.log(LevelOf(LevelOf(event)), json ? LogJson(event) : LogText(event));
  });
  if (!status.ok()) return Complain(console, kFailed, ToStd(status.message()));
  return kDone;
}

}  // namespace rollport::cli
