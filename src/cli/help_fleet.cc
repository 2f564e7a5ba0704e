#include "cli/help_text.h"

namespace rollport::cli {
namespace {

constexpr char kRun[] =
    R"(usage: rollport run [-f FILE] [--log-format FORMAT]

Runs the controller: starts every worker of the fleet, and replaces a worker
that dies. Stays in the foreground and logs to stderr: as text on a terminal,
else as one JSON object per line; --log-format is text, json or logfmt. In the
journal each line has its priority. A fleet has one controller: a second `run`
refuses to start and names the first. If a controller has died, the next `run`
takes over its workers.

SIGTERM or Ctrl-C drains every worker and ends, like `rollport stop`. A second
Ctrl-C says what the stop waits for, the third kills what is left.
SIGHUP begins a roll, like `rollport roll --detach`.

examples
  rollport run -f site.toml
  rollport run 2> >(jq -r 'select(.level != "info") | .event')

exit status: 0 stopped; 1 the fleet could not be started (the port is taken,
workers do not become healthy, ...); 2 the command or the fleet file is wrong
)";

constexpr char kStatus[] =
    R"(usage: rollport status [-f FILE] [--json]

Shows the fleet now, with a line for each worker, draining ones included.

  SHARE     the part of new connections that the worker gets
  QUEUE     connections that wait until the worker accepts them
  CONNS     connections that it has ("-": that cannot be found out)

"steering hash" means that the kernel's hash distributes connections, because
the BPF program that would steer them was refused; the line below says why.

examples
  rollport status
  rollport status --json | jq -r .state

exit status: 0 done; 2 the command or the fleet file is wrong; 3 no controller
answers
)";

constexpr char kTop[] =
    R"(usage: rollport top [-f FILE]

`rollport status`, live: looked at every second, on the whole terminal, with the
requests and errors per second of each worker and how long its answers took
(50 and 99 of 100 at most), and a graph of the requests of all. A narrow
terminal shows fewer columns. If the controller is gone, it says so and waits
for it. If stdout is not a terminal, it prints once, like `rollport status`.

  ?, h       all keys; q or Ctrl-C quits
  s, r, l    sort by slot, requests, latency; and w, c, e, u; i inverts
  j, k       scroll, if there are more workers than lines

exit status: 0 done; 2 the command or the fleet file is wrong; 3 no controller
answers
)";

constexpr char kScale[] =
    R"(usage: rollport scale N [-f FILE] [--detach] [--json]

Changes the number of workers to N. New workers must prove healthy before they
get a share; surplus ones are retired like predecessors in a roll, and lose
nothing. Waits, and reports the verdict. The number holds until the controller
ends, or until a roll applies another one from the fleet file.

examples
  rollport scale 8
  rollport scale $(nproc)

exit status: 0 done; 1 it failed or was refused, and the fleet is as it was;
2 the command is wrong; 3 no controller answers
)";

constexpr char kRestart[] =
    R"(usage: rollport restart SLOT [-f FILE] [--detach] [--json]

Replaces the worker of one slot with a new one of the same generation. The new
worker must be healthy before it gets the share; only then is the old one
retired. Waits, and reports the verdict.

examples
  rollport restart 2     # the SLOT that `rollport status` shows

exit status: 0 done; 1 it failed or was refused, and the fleet is as it was;
2 the command is wrong; 3 no controller answers
)";

constexpr char kStop[] =
    R"(usage: rollport stop [-f FILE] [--json]

Lets every worker finish its work, for at most drain_timeout, and ends the
controller. Returns when the controller is gone.

examples
  rollport stop -f site.toml

exit status: 0 stopped; 2 the command or the fleet file is wrong;
3 no controller answers
)";

constexpr char kCheck[] =
    R"(usage: rollport check [-f FILE] [--json]

Reads the fleet file and says whether `run` and `roll` would accept it. Prints a
mistake as one line, FILE:LINE: what is wrong. Starts nothing, and needs no
controller.

examples
  rollport check -f site.toml && rollport roll -f site.toml

exit status: 0 the fleet file is good; 2 it is not
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
