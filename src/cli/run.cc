// `rollport run`.
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/log_line.h"
#include "cli/log_output.h"
#include "fleet_file/fleet_file.h"

namespace rollport::cli {
namespace {

using api::FleetEvent;

// At the end.
constexpr absl::Duration kPatienceWithReader = absl::Seconds(1);

// Text for people on a terminal.
std::string TimedText(const FleetEvent& event) {
  return absl::StrCat(absl::FormatTime("%Y-%m-%dT%H:%M:%E6S%Ez", event.at, absl::LocalTimeZone()),
                      " ", Name(LevelOf(event)), " ", LogText(event), "\n");
}

// For a program, with the time in a field.
std::string Json(const FleetEvent& event) { return LogJson(event) + "\n"; }

}  // namespace

ExitStatus Run(const Arguments& arguments, const Console& console, const Runner& runner) {
  const auto settings = fleet_file::LoadFleetFile(arguments.file);
  if (!settings.ok()) return Complain(console, kWrong, ToStd(settings.status().message()));
  LogOutput log(STDERR_FILENO, isatty(STDERR_FILENO) == 0 ? Json : TimedText);
  const absl::Status status = runner(
      *settings, [&](const FleetEvent& event) { log.Tell(event); }, [&] { return log.Flush(); });
  const bool is_read = log.FlushFor(kPatienceWithReader);
  if (status.ok()) return kDone;
  // Whoever does not read the log does not read a complaint either, and it would be waited for.
  return is_read ? Complain(console, kFailed, ToStd(status.message())) : kFailed;
}

}  // namespace rollport::cli
