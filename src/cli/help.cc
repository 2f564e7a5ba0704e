#include "cli/arguments.h"

namespace rollport::cli {
namespace {

constexpr char kMain[] =
    R"(rollport keeps a fleet of worker processes serving one port while every worker
is replaced, one at a time, by a new binary, and no connection is lost.

usage: rollport COMMAND [-f FILE] [--json]

commands
  run       start the fleet and keep it; in the foreground, logs to stderr
  roll      replace every worker; shows progress, waits, gives a verdict
  status    the fleet now
  check     validate the fleet file, and do nothing else
  stop      drain every worker, and end

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
  rollport check && rollport run &
  rollport roll        # after a new build, or a change of the fleet file

exit status: 0 done; 1 it failed and the fleet is as it was; 2 the command or
the fleet file is wrong; 3 no controller answers
)";

constexpr char kRun[] =
    R"(usage: rollport run [-f FILE]

Starts every worker of the fleet and keeps them: one that dies is replaced.
Stays in the foreground and logs to stderr. A fleet has one controller: a second
`run` refuses and names the first.

SIGTERM or Ctrl-C drains every worker and ends, like `rollport stop`.
SIGHUP begins a roll, like `rollport roll --detach`.

exit status: 0 stopped; 1 the fleet could not be started (port taken, program
that never gets healthy, ...); 2 the command or the fleet file is wrong
)";

constexpr char kRoll[] =
    R"(usage: rollport roll [-f FILE] [--detach] [--json] [-- COMMAND...]

Replaces every worker, slot by slot: starts a replacement beside its
predecessor, waits until it is healthy, gives it the predecessor's share of the
connections, and only then lets the predecessor finish and go. If a replacement
fails, the slots already replaced go back to the former generation.

Without COMMAND, the new generation is what the fleet file and the program on
disk now are. With COMMAND, it is that command, until the next roll:
  rollport roll -- ./server-v2 --root site
The program is sought from here; it runs in the fleet file's folder.

  --detach   do not wait: print the roll's number
  --json     print only the verdict, one JSON object:
             {"outcome":"rolled|reverted|aborted|refused","generation":N,
              "replaced":N,"seconds":S,"cut":N,"reason":"..."}

Ctrl-C leaves the roll to itself: it goes on, `rollport status` shows it.

exit status: 0 rolled; 1 reverted, aborted or refused, and the fleet is as it
was; 2 the command or the fleet file is wrong; 3 no controller answers
)";

constexpr char kStatus[] =
    R"(usage: rollport status [-f FILE] [--json]

Shows the fleet now: one line for each worker, those that drain too.

  SHARE     the part of new connections that the worker is given
  QUEUE     connections that wait to be accepted by it
  CONNS     connections that it holds ("-": its program does not say)

"steering hash" means that the kernel spreads connections by itself, because it
refused the program that would steer them; the line below says why.

exit status: 0 done; 2 the command or the fleet file is wrong; 3 no controller
answers
)";

constexpr char kCheck[] =
    R"(usage: rollport check [-f FILE] [--json]

Reads the fleet file and says whether `run` or `roll` would take it. Prints what
is wrong as one line, FILE:LINE: what is wrong. Starts nothing, and needs no
controller.

exit status: 0 it is good; 2 it is not
)";

constexpr char kStop[] =
    R"(usage: rollport stop [-f FILE] [--json]

Lets every worker finish what it holds, up to drain_timeout, and ends the
controller. Returns when it is gone.

exit status: 0 stopped; 2 the command or the fleet file is wrong;
3 no controller answers
)";

}  // namespace

std::string HelpText(Command command) {
  switch (command) {
    case Command::kRun:
      return kRun;
    case Command::kRoll:
      return kRoll;
    case Command::kStatus:
      return kStatus;
    case Command::kCheck:
      return kCheck;
    case Command::kStop:
      return kStop;
    case Command::kNone:
      break;
  }
  return kMain;
}

}  // namespace rollport::cli
