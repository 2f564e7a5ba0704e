#include <algorithm>

#include "base/strings.h"
#include "cli/commands.h"
#include "cli/completions.h"

namespace rollport::cli {
namespace {

constexpr char kVersionLine[] = "rollport " ROLLPORT_VERSION "\n";

ExitStatus Do(const Arguments& arguments, const Console& console, int interrupt,
              const Runner& runner) {
  switch (arguments.command) {
    case Command::kRun:
      return Run(arguments, console, runner);
    case Command::kRoll:
    case Command::kUndo:
    case Command::kScale:
    case Command::kRestart:
    case Command::kAbort:
      return Change(arguments, console, interrupt);
    case Command::kPause:
    case Command::kResume:
      return Hold(arguments, console);
    case Command::kStatus:
      return ShowStatus(arguments, console);
    case Command::kTop:
      return Top(arguments, console);
    case Command::kHistory:
      return ShowHistory(arguments, console);
    case Command::kStop:
      return Stop(arguments, console);
    case Command::kCheck:
      return Check(arguments, console);
    case Command::kDoctor:
      return Doctor(arguments, console);
    case Command::kCompletions:
      console.out << Completions(arguments.shell) << std::flush;
      return kDone;
    case Command::kVersion:
      console.out << kVersionLine << std::flush;
      return kDone;
    case Command::kHelp:
    case Command::kNone:
      break;
  }
  return Complain(console, kWrong, "no command given (see rollport --help)");
}

}  // namespace

ExitStatus Execute(const std::vector<std::string>& words, const Console& console, int interrupt,
                   const Runner& runner) {
  Console own = console;
  const auto arguments = ParseArguments(words);
  if (!arguments.ok()) {
    // If --json is among the words, the error is JSON too, whatever else is wrong.
    const auto end = std::find(words.begin(), words.end(), "--");
    own.json = std::find(words.begin(), end, "--json") != end;
    return Complain(own, kWrong, ToStd(arguments.status().message()));
  }
  if (arguments->help) {
    own.out << HelpText(arguments->command) << std::flush;
    return kDone;
  }
  if (arguments->version) {
    own.out << kVersionLine << std::flush;
    return kDone;
  }
  own.json = arguments->json;
  return Do(*arguments, own, interrupt, runner);
}

}  // namespace rollport::cli
