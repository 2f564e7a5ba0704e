// `rollport pause` and `rollport resume`.
#include "absl/strings/str_cat.h"
#include "api/control_json.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/status_text.h"

namespace rollport::cli {

ExitStatus Hold(const Arguments& arguments, const Console& console) {
  const bool pause = arguments.command == Command::kPause;
  ExitStatus failure = kDone;
  const auto reply =
      AskController(arguments, console, "POST", pause ? "/v1/pause" : "/v1/resume", &failure);
  if (!reply.has_value()) return failure;
  if (console.json) {
    console.out << reply->body << std::flush;
    return kDone;
  }
  const auto roll = api::ParseProgress(reply->body);
  if (!roll.ok()) return Complain(console, kFailed, ToStd(roll.status().message()));
  if (roll->has_value()) console.out << ProgressText(**roll) << std::endl;
  if (pause) {
    console.out << "paused; `" << CommandLine(arguments, "resume") << "` continues it, `"
                << CommandLine(arguments, "abort") << "` reverts it" << std::endl;
  } else {
    console.out << "resumed; `" << CommandLine(arguments, "status") << "` shows it" << std::endl;
  }
  return kDone;
}

}  // namespace rollport::cli
