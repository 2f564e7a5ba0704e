#include "cli/help_text.h"

namespace rollport::cli {
namespace {

constexpr char kRoll[] =
    R"(usage: rollport roll [-f FILE] [--canary SHARE [--for TIME]]... [--detach]
                     [--json] [-- COMMAND...]

Replaces every worker, slot by slot: starts a replacement beside its
predecessor, waits until it is healthy, gives it the predecessor's share of the
connections, and only then lets the predecessor finish and exit. If a
replacement fails, the slots already replaced go back to the former generation.

Without COMMAND, the new generation is the fleet file and the executable on disk
as they are now. With COMMAND, it is that command, until the next roll. Its
executable is looked up from the current folder; it runs in the fleet file's
folder.

  --canary SHARE   hold the first replacement at this share of all new
                   connections before the roll continues: 5%, 5, 0.5%
  --for TIME       how long: 30s, 1m30s. Without it the roll is `paused` until
                   `rollport resume` or `rollport abort`. Repeat the pair for
                   more steps
  --detach         do not wait: print the roll's number
  --json           print only the verdict, as one JSON object:
                   {"outcome":"rolled|reverted|aborted|failed|refused",
                    "generation":N,"replaced":N,"seconds":S,"cut":N|null,
                    "reason":"..."}

After Ctrl-C the roll continues by itself. `rollport pause` pauses it.

examples
  rollport roll
  rollport roll -- ./server-v2 --root site
  rollport roll --canary 5% --for 1m --canary 25% --for 5m
  rollport roll --canary 1% --detach     # look at it for as long as you like

exit status: 0 rolled; 1 reverted, aborted or refused, and the fleet is as it
was; 2 the command or the fleet file is wrong; 3 no controller answers
)";

constexpr char kPause[] =
    R"(usage: rollport pause [-f FILE] [--json]

Pauses the roll or undo under way. Both generations serve, each with its present
share: watch the new one for as long as you like. Returns at once. Then
`rollport resume` continues the roll, and `rollport abort` reverts it. A scaling
or a restart cannot be paused, only aborted.

examples
  rollport roll --detach && rollport pause

exit status: 0 done; 1 there is no roll to pause; 2 the command or the fleet
file is wrong; 3 no controller answers
)";

constexpr char kResume[] =
    R"(usage: rollport resume [-f FILE] [--json]

Continues a roll that was paused by `rollport pause`, by a canary step without
--for, or by a failure if auto_revert is off. Returns at once.

exit status: 0 done; 1 there is nothing to resume; 2 the command or the fleet
file is wrong; 3 no controller answers
)";

constexpr char kAbort[] =
    R"(usage: rollport abort [-f FILE] [--detach] [--json]

Reverts the roll under way: slots already replaced go back to the generation
that the roll came from, in the same careful way. Waits, and reports the verdict
of that roll.

  --detach   do not wait
  --json     print only the verdict, as `rollport roll --json` does

exit status: 0 aborted; 1 it ended in another way, or there is no roll to abort;
2 the command or the fleet file is wrong; 3 no controller answers
)";

constexpr char kUndo[] =
    R"(usage: rollport undo [-f FILE] [--to GENERATION] [--detach] [--json]

Goes back to an earlier generation: its command, its settings and exactly the
bytes of its executable, even if the file on disk has changed. Of a script only
the command is kept. Without --to, it is the newest earlier generation that the
whole fleet has run. Shows progress, waits, and reports the verdict, as
`rollport roll` does.

  --to GENERATION   a generation that `rollport history` lists

examples
  rollport undo
  rollport history && rollport undo --to 3

exit status: 0 rolled; 1 reverted, aborted or refused, and the fleet is as it
was; 2 the command is wrong, or that generation is not kept; 3 no controller
answers
)";

constexpr char kHistory[] =
    R"(usage: rollport history [-f FILE] [--json] [ROLL]

Lists the generations that are kept and the rolls so far, oldest first. With the
number of a ROLL, shows that one in detail: how long each worker was in each
phase, how many connections were cut and handed over, and what the kernel
counted meanwhile (for all processes in this network namespace).

  --json   the same, and more, as one JSON object

examples
  rollport history
  rollport history 7
  rollport history --json | jq '.rolls[-1].verdict'

exit status: 0 done; 2 the command is wrong, or there is no record of that roll;
3 no controller answers
)";

}  // namespace

const char* RollHelp(Command command) {
  switch (command) {
    case Command::kRoll:
      return kRoll;
    case Command::kPause:
      return kPause;
    case Command::kResume:
      return kResume;
    case Command::kAbort:
      return kAbort;
    case Command::kUndo:
      return kUndo;
    case Command::kHistory:
      return kHistory;
    default:
      return nullptr;
  }
}

}  // namespace rollport::cli
