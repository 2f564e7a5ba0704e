// `rollport run`.
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/log_line.h"
#include "cli/log_output.h"
#include "fleet_file/fleet_file.h"
#include "os/journal.h"

namespace rollport::cli {
namespace {

using api::FleetEvent;

// At the end.
constexpr absl::Duration kPatienceWithReader = absl::Seconds(1);

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

}  // namespace

ExitStatus Run(const Arguments& arguments, const Console& console, const Runner& runner) {
  const auto settings = fleet_file::LoadFleetFile(arguments.file);
  if (!settings.ok()) return Complain(console, kWrong, ToStd(settings.status().message()));
  LogOutput log(STDERR_FILENO, [style = StyleOf(arguments, console)](const FleetEvent& event) {
    return LogLine(event, style) + "\n";
  });
  const absl::Status status = runner(
      *settings, [&](const FleetEvent& event) { log.Tell(event); }, [&] { return log.Flush(); });
  const bool is_read = log.FlushFor(kPatienceWithReader);
  if (status.ok()) return kDone;
  // If the log is not read, a complaint is not read either, and writing it would wait for that.
  return is_read ? Complain(console, kFailed, ToStd(status.message())) : kFailed;
}

}  // namespace rollport::cli
