// `rollport pause` and `rollport resume`.
#include "absl/strings/str_cat.h"
#include "api/control_json.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/format.h"
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
  if (roll->has_value()) console.out << Lines(console, ProgressText(**roll), kIndent);
  const std::string next =
      pause ? absl::StrCat("paused; `", CommandLine(arguments, "resume"), "` continues it, `",
                           CommandLine(arguments, "abort"), "` reverts it")
            : absl::StrCat("resumed; `", CommandLine(arguments, "status"), "` shows it");
  console.out << Lines(console, next) << std::flush;
  return kDone;
}

}  // namespace rollport::cli
