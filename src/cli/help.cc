#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/arguments.h"
#include "cli/help_text.h"

namespace rollport::cli {
namespace {

constexpr char kIntroduction[] =
    R"(rollport keeps a fleet of worker processes serving one port while every worker
is replaced, one at a time, by a new binary, and no connection is lost.

usage: rollport COMMAND [-f FILE] [--json]

commands (`rollport help COMMAND` tells more, with examples)
)";

constexpr char kRest[] =
    R"(
options, before or after the command
  -f, --file FILE   the fleet file (default ./fleet.toml)
  --json            print one JSON object on stdout
  -h, --help        this text; behind a command, more about that command
  --version         the version

a first fleet file
  listen = ["0.0.0.0:8080"]
  workers = 4
  [worker]
  command = ["./rollport-httpd", "--root", "site"]

then
  rollport doctor                       # may this machine do it?
  rollport check && rollport run &
  rollport roll        # after a new build, or a change of the fleet file
  rollport roll --canary 5% --for 1m    # with a twentieth of the traffic first
  rollport undo        # it was not as good as it looked

exit status: 0 done; 1 it failed and the fleet is as it was; 2 the command or
the fleet file is wrong; 3 no controller answers
)";

constexpr char kDoctor[] =
    R"(usage: rollport doctor [-f FILE] [--json]

Tries out, on loopback and with children of its own, what rollport needs of this
kernel and this user: programs that steer connections, sock_diag, descriptors of
other processes, programs in memory, low ports. Each line says what that means
for rollport, and what to do about it. Needs no fleet and changes nothing; with
a fleet file it looks at the ports of that fleet too.

  good  works
  note  rollport keeps its promises; there is something to know
  BAD   something that rollport needs does not work

examples
  rollport doctor
  rollport doctor --json | jq '.checks[] | select(.finding != "good")'

exit status: 0 all that is needed works; 1 something does not; 2 the command or
the fleet file is wrong
)";

constexpr char kCompletions[] =
    R"(usage: rollport completions bash|zsh|fish

Prints a script by which that shell completes the words of a rollport command.

examples
  source <(rollport completions bash)              # in this shell
  rollport completions bash > /etc/bash_completion.d/rollport
  rollport completions zsh > ~/.zfunc/_rollport    # a folder of $fpath
  rollport completions fish > ~/.config/fish/completions/rollport.fish
)";

}  // namespace

std::string HelpText(Command command) {
  if (const char* text = RollHelp(command)) return text;
  if (const char* text = FleetHelp(command)) return text;
  if (command == Command::kDoctor) return kDoctor;
  if (command == Command::kCompletions) return kCompletions;
  std::string text = kIntroduction;
  for (const CommandSpec& spec : kCommands) {
    const std::string name =
        absl::StrCat(spec.name, *spec.operand == '\0' ? "" : " ", spec.operand);
    absl::StrAppendFormat(&text, "  %-18s %s\n", name, spec.summary);
  }
  return text + kRest;
}

}  // namespace rollport::cli
