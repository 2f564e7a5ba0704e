#include "base/strings.h"
#include "cli/commands.h"

namespace rollport::cli {

ExitStatus Execute(const std::vector<std::string>& words, const Console& console, int interrupt,
                   const Runner& runner) {
  const auto arguments = ParseArguments(words);
  if (!arguments.ok()) return Complain(console, kWrong, ToStd(arguments.status().message()));
  if (arguments->help) {
    console.out << HelpText(arguments->command) << std::flush;
    return kDone;
  }
  if (arguments->version) {
    console.out << "rollport " << ROLLPORT_VERSION << std::endl;
    return kDone;
  }
  switch (arguments->command) {
    case Command::kRun:
      return Run(*arguments, console, runner);
    case Command::kRoll:
      return Roll(*arguments, console, interrupt);
    case Command::kStatus:
      return ShowStatus(*arguments, console);
    case Command::kCheck:
      return Check(*arguments, console);
    case Command::kStop:
      return Stop(*arguments, console);
    case Command::kNone:
      break;
  }
  return Complain(console, kWrong, "no command given; see rollport --help");
}

}  // namespace rollport::cli
