// `rollport run`.
#include <poll.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "controller/fleet_file.h"

namespace rollport::cli {
namespace {

using controller::FleetEvent;

spdlog::level::level_enum Level(const FleetEvent& event) {
  if (event.kind == "PromiseBroken") return spdlog::level::critical;
  for (const char* bad : {"Failed", "Lost", "Refused", "Reverting"}) {
    if (absl::StrContains(event.kind, bad)) return spdlog::level::warn;
  }
  if (event.verdict.has_value() && event.verdict->outcome != "rolled") return spdlog::level::warn;
  return spdlog::level::info;
}

// "slot 0 generation 2 pid 4711: starting"
std::string LogLine(const FleetEvent& event) {
  std::string line;
  if (event.roll != 0) absl::StrAppend(&line, "roll ", event.roll, " ");
  if (event.slot.has_value()) absl::StrAppend(&line, "slot ", *event.slot, " ");
  if (event.generation.has_value()) absl::StrAppend(&line, "generation ", *event.generation, " ");
  if (event.pid.has_value()) absl::StrAppend(&line, "pid ", *event.pid, " ");
  if (!line.empty()) line.back() = ':';
  absl::StrAppend(&line, line.empty() ? "" : " ",
                  event.phase.empty() ? Words(event.kind) : event.phase);
  if (!event.message.empty()) absl::StrAppend(&line, ": ", event.message);
  return line;
}

// What workers write is left out while nobody takes the log's lines, which would hold the
// controller up: a terminal that was stopped, a reader of a pipe that sleeps.
class OutputGate {
 public:
  // True where `event` may be logged; `*left_out` is then how many could not before.
  bool Pass(const FleetEvent& event, int64_t* left_out) {
    if (event.kind != "WorkerWrote") return true;
    pollfd log = {.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    if (poll(&log, 1, 0) == 0) {
      ++left_out_;
      return false;
    }
    *left_out = std::exchange(left_out_, 0);
    return true;
  }

 private:
  int64_t left_out_ = 0;
};

}  // namespace

ExitStatus Run(const Arguments& arguments, const Console& console, const Runner& runner) {
  const auto settings = controller::LoadFleetFile(arguments.file);
  if (!settings.ok()) return Complain(console, kWrong, ToStd(settings.status().message()));
  spdlog::logger log("rollport", std::make_shared<spdlog::sinks::stderr_sink_st>());
  log.set_pattern("%Y-%m-%dT%H:%M:%S.%f%z %l %v");
  OutputGate gate;
  const absl::Status status = runner(*settings, [&](const FleetEvent& event) {
    int64_t left_out = 0;
    if (!gate.Pass(event, &left_out)) return;
    if (left_out > 0)
      log.warn("{} lines of workers left out: the log could not take them", left_out);
    log.log(Level(event), LogLine(event));
  });
  if (!status.ok()) return Complain(console, kFailed, ToStd(status.message()));
  return kDone;
}

}  // namespace rollport::cli
