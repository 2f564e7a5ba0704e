#include "cli/main.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "os/signals.h"

namespace rollport::cli {
namespace {

// True if the environment variable is there and not empty.
bool IsSet(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

Console StandardConsole() {
  Console console{std::cout, std::cerr};
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  console.live = isatty(STDOUT_FILENO) != 0 && !dumb;
  // no-color.org
  console.color = console.live && isatty(STDERR_FILENO) != 0 && !IsSet("NO_COLOR");
  if (console.live) console.terminal = STDOUT_FILENO;
  if (isatty(STDIN_FILENO) != 0) console.keys = STDIN_FILENO;
  Measure(&console);
  return console;
}

// True for a command that waits for the verdict of a change.
bool Waits(Command command) {
  return command != Command::kNone && (SpecOf(command).takes & kTakesDetach) != 0;
}

}  // namespace

int Main(int argc, char** argv, const Runner& run) {
  // A reader that goes away (`rollport roll | head`) must not kill a command in the middle.
  signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const Console console = StandardConsole();
  const auto arguments = ParseArguments(words);
  if (!arguments.ok() || !Waits(arguments->command)) {
    return Execute(words, console, -1, run);
  }
  // While a command waits for a change, Ctrl-C is read from a descriptor, so that it can say that
  // the change continues.
  const auto interrupt = os::SignalFd::Create({SIGINT});
  return Execute(words, console, interrupt.ok() ? interrupt->fd() : -1, run);
}

}  // namespace rollport::cli
