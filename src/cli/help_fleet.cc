#include "cli/help_text.h"

namespace rollport::cli {
namespace {

constexpr char kRun[] =
    R"(usage: rollport run [-f FILE]

Starts every worker of the fleet and keeps them: one that dies is replaced.
Stays in the foreground and logs to stderr: text on a terminal, a JSON object a
line elsewhere. A fleet has one controller: a second `run` refuses and names the
first.

SIGTERM or Ctrl-C drains every worker and ends, like `rollport stop`.
SIGHUP begins a roll, like `rollport roll --detach`.

examples
  rollport run -f site.toml
  rollport run 2> >(jq -r 'select(.level != "info") | .event')

exit status: 0 stopped; 1 the fleet could not be started (port taken, program
that never gets healthy, ...); 2 the command or the fleet file is wrong
)";

constexpr char kStatus[] =
    R"(usage: rollport status [-f FILE] [--json]

Shows the fleet now: one line for each worker, those that drain too.

  SHARE     the part of new connections that the worker is given
  QUEUE     connections that wait to be accepted by it
  CONNS     connections that it holds ("-": its program does not say)

"steering hash" means that the kernel spreads connections by itself, because it
refused the program that would steer them; the line below says why.

examples
  rollport status
  rollport status --json | jq -r .state

exit status: 0 done; 2 the command or the fleet file is wrong; 3 no controller
answers
)";

constexpr char kTop[] =
    R"(usage: rollport top [-f FILE]

`rollport status`, live: every second, on the whole terminal, with a bar for
each worker's share. Says so when the controller is gone, and waits for it.
Where it is not on a terminal it prints once, like `rollport status`.

  q          quits; so does Ctrl-C
  j, k       scroll, where there are more workers than lines

exit status: 0 done; 2 the command or the fleet file is wrong; 3 no controller
answers
)";

constexpr char kScale[] =
    R"(usage: rollport scale N [-f FILE] [--detach] [--json]

Changes the number of workers to N. New ones are started and proven healthy
before they get a share; those that are too many are retired like predecessors
in a roll, and lose nothing. Waits, and gives a verdict. It lasts until the
controller ends, or until a roll takes up another number from the fleet file.

examples
  rollport scale 8
  rollport scale $(nproc)

exit status: 0 done; 1 it failed or was refused, and the fleet is as it was;
2 the command is wrong; 3 no controller answers
)";

constexpr char kRestart[] =
    R"(usage: rollport restart SLOT [-f FILE] [--detach] [--json]

Replaces the worker of one slot by another one of the same generation: healthy
before it gets the share, and only then is the old one retired. Waits, and gives
a verdict.

examples
  rollport restart 2     # the SLOT that `rollport status` shows

exit status: 0 done; 1 it failed or was refused, and the fleet is as it was;
2 the command is wrong; 3 no controller answers
)";

constexpr char kStop[] =
    R"(usage: rollport stop [-f FILE] [--json]

Lets every worker finish what it holds, up to drain_timeout, and ends the
controller. Returns when it is gone.

examples
  rollport stop -f site.toml

exit status: 0 stopped; 2 the command or the fleet file is wrong;
3 no controller answers
)";

constexpr char kCheck[] =
    R"(usage: rollport check [-f FILE] [--json]

Reads the fleet file and says whether `run` or `roll` would take it. Prints what
is wrong as one line, FILE:LINE: what is wrong. Starts nothing, and needs no
controller.

examples
  rollport check -f site.toml && rollport roll -f site.toml

exit status: 0 it is good; 2 it is not
)";

}  // namespace

const char* FleetHelp(Command command) {
  switch (command) {
    case Command::kRun:
      return kRun;
    case Command::kStatus:
      return kStatus;
    case Command::kTop:
      return kTop;
    case Command::kScale:
      return kScale;
    case Command::kRestart:
      return kRestart;
    case Command::kStop:
      return kStop;
    case Command::kCheck:
      return kCheck;
    default:
      return nullptr;
  }
}

}  // namespace rollport::cli
