#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/arguments.h"
#include "cli/help_text.h"

namespace rollport::cli {
namespace {

constexpr char kIntroduction[] =
    R"(rollport keeps a fleet of worker processes serving one port while it replaces
every worker, one at a time, with a new executable. No connection is lost.

usage: rollport COMMAND [-f FILE] [--json]

commands (`rollport help COMMAND` explains one, with examples)
)";

constexpr char kRest[] =
    R"(
options, before or after the command
  -f, --file FILE   the fleet file (default ./fleet.toml)
  --json            print one JSON object on stdout
  -h, --help        this text; after a command, help on that command
  -V, --version     print the version

a first fleet file
  listen = ["0.0.0.0:8080"]
  workers = 4
  [worker]
  command = ["./rollport-httpd", "--root", "site"]

then
  rollport doctor                       # can this machine run it?
  rollport check && rollport run &
  rollport roll        # after a new build, or a change of the fleet file
  rollport roll --canary 5% --for 1m    # with a twentieth of the traffic first
  rollport undo        # it was not as good as it looked

exit status: 0 done; 1 it failed, and the fleet is as it was; 2 the command or
the fleet file is wrong; 3 no controller answers
)";

constexpr char kDoctor[] =
    R"(usage: rollport doctor [-f FILE] [--json]

Tests, on loopback and with child processes of its own, what rollport needs from
this kernel and this user: BPF programs that steer connections, sock_diag,
descriptors of other processes, executables in memory, low ports. Each line says
what the result means for rollport, and what to do. Needs no fleet and changes
nothing; with a fleet file it also checks the ports of that fleet.

  good  works
  note  rollport keeps its promises, but there is something to know
  BAD   something that rollport needs does not work

examples
  rollport doctor
  rollport doctor --json | jq '.checks[] | select(.finding != "good")'

exit status: 0 everything that is needed works; 1 something does not; 2 the
command or the fleet file is wrong
)";

constexpr char kCompletions[] =
    R"(usage: rollport completions bash|zsh|fish

Prints a script with which that shell completes rollport commands.

examples
  source <(rollport completions bash)              # in this shell
  rollport completions bash > /etc/bash_completion.d/rollport
  rollport completions zsh > ~/.zfunc/_rollport    # a folder of $fpath
  rollport completions fish > ~/.config/fish/completions/rollport.fish
)";

constexpr char kVersion[] =
    R"(usage: rollport version

Prints the version of this command, like `rollport --version`. The controller
may be of another one: `rollport_build_info` in its metrics has that.

exit status: 0
)";

}  // namespace

std::string HelpText(Command command) {
  if (const char* text = RollHelp(command)) return text;
  if (const char* text = FleetHelp(command)) return text;
  if (command == Command::kDoctor) return kDoctor;
  if (command == Command::kCompletions) return kCompletions;
  if (command == Command::kVersion) return kVersion;
  std::string text = kIntroduction;
  for (const CommandSpec& spec : kCommands) {
    const std::string name =
        absl::StrCat(spec.name, *spec.operand == '\0' ? "" : " ", spec.operand);
    absl::StrAppendFormat(&text, "  %-18s %s\n", name, spec.summary);
  }
  return text + kRest;
}

}  // namespace rollport::cli
