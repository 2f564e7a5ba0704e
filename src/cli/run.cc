// `rollport run`.
#include <poll.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/log_line.h"
#include "fleet_file/fleet_file.h"
#include "os/journal.h"

namespace rollport::cli {
namespace {

using api::FleetEvent;

// Text for people on a terminal. Elsewhere a program reads JSON, unless it is told otherwise.
LogStyle StyleOf(const Arguments& arguments, const Console& console) {
  LogStyle style{.terminal = isatty(STDERR_FILENO) != 0,
                 .color = console.color,
                 .journal = os::LeadsToJournal(STDERR_FILENO),
                 .zone = absl::LocalTimeZone()};
  const LogFormat usual = style.terminal ? LogFormat::kText : LogFormat::kJson;
  style.format = LogFormatNamed(arguments.log_format).value_or(usual);
  return style;
}

// Leaves out what workers write while the log cannot take a line at once (its terminal is stopped,
// or the reader of its pipe sleeps), because to wait would hold the controller up.
class OutputGate {
 public:
  // True if `event` may be logged; `*left_out` is then how many before it were left out.
  bool Pass(const FleetEvent& event, int64_t* left_out) {
    if (event.kind != api::event_kind::kWorkerWrote) return true;
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
  const auto settings = fleet_file::LoadFleetFile(arguments.file);
  if (!settings.ok()) return Complain(console, kWrong, ToStd(settings.status().message()));
  spdlog::logger log("rollport", std::make_shared<spdlog::sinks::stderr_sink_st>());
  log.set_pattern("%v");
  const LogStyle style = StyleOf(arguments, console);
  OutputGate gate;
  const absl::Status status = runner(*settings, [&](const FleetEvent& event) {
    int64_t left_out = 0;
    if (!gate.Pass(event, &left_out)) return;
    if (left_out > 0) {
      const FleetEvent note{.at = event.at,
                            .kind = api::event_kind::kOutputLost,
                            .message = absl::StrCat(
                                left_out, " lines of worker output: the log could not take them")};
      log.info(LogLine(note, style));
    }
    log.info(LogLine(event, style));
  });
  if (!status.ok()) return Complain(console, kFailed, ToStd(status.message()));
  return kDone;
}

}  // namespace rollport::cli
