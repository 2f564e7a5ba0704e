// `rollport history`.
#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "api/control_json.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/history_text.h"

namespace rollport::cli {
namespace {

std::string Unknown(int64_t number, const api::FleetHistory& history) {
  const std::string what = absl::StrCat("there is no record of roll ", number);
  if (history.rolls.empty()) return absl::StrCat(what, ": there has been none yet");
  return absl::StrCat(what, "; the last roll is ", history.rolls.back().number,
                      ", the first one on record ", history.rolls.front().number);
}

}  // namespace

ExitStatus ShowHistory(const Arguments& arguments, const Console& console) {
  ExitStatus failure = kDone;
  const auto reply = AskController(arguments, console, "GET", "/v1/history", &failure);
  if (!reply.has_value()) return failure;
  const bool all = !arguments.number.has_value();
  if (all && console.json) {
    console.out << reply->body << std::flush;
    return kDone;
  }
  const auto history = api::ParseHistory(reply->body);
  if (!history.ok()) return Complain(console, kFailed, ToStd(history.status().message()));
  // What is piped into another program is not broken into lines.
  const int width = console.live ? console.width : std::numeric_limits<int>::max();
  if (all) {
    console.out << HistoryText(*history, absl::LocalTimeZone(), width) << std::flush;
    return kDone;
  }
  const auto roll = std::find_if(history->rolls.begin(), history->rolls.end(),
                                 [&](const auto& r) { return r.number == *arguments.number; });
  if (roll == history->rolls.end()) {
    return Complain(console, kWrong, Unknown(*arguments.number, *history));
  }
  console.out << (console.json ? api::ToJson(*roll) + "\n"
                               : RollText(*roll, absl::LocalTimeZone(), width))
              << std::flush;
  return kDone;
}

}  // namespace rollport::cli
