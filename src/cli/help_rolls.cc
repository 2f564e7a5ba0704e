#include "cli/help_text.h"

namespace rollport::cli {
namespace {

constexpr char kRoll[] =
    R"(usage: rollport roll [-f FILE] [--canary SHARE [--for TIME]]... [--detach]
                     [--json] [-- COMMAND...]

Replaces every worker, slot by slot: starts a replacement beside its
predecessor, waits until it is healthy, gives it the predecessor's share of the
connections, and only then lets the predecessor finish and go. If a replacement
fails, the slots already replaced go back to the former generation.

Without COMMAND, the new generation is what the fleet file and the program on
disk now are. With COMMAND, it is that command, until the next roll. The program
is sought from here; it runs in the fleet file's folder.

  --canary SHARE   hold the first replacement at this share of all new
                   connections before the roll goes on: 5%, 5, 0.5%
  --for TIME       for so long: 30s, 1m30s. Without it the roll is `paused`
                   until `rollport resume` or `rollport abort`
  --detach         do not wait: print the roll's number
  --json           print only the verdict, one JSON object:
                   {"outcome":"rolled|reverted|aborted|refused","generation":N,
                    "replaced":N,"seconds":S,"cut":N,"reason":"..."}

Ctrl-C leaves the roll to itself: it goes on. `rollport pause` holds it.

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

Holds the roll or undo that is under way where it is. Both generations serve,
each with the share that it has: look at the new one for as long as you like.
Returns at once. Then `rollport resume` goes on, and `rollport abort` goes back.
A scaling or a restart cannot be held, only aborted.

examples
  rollport roll --detach && rollport pause

exit status: 0 done; 1 there is no roll to pause; 2 the command or the fleet
file is wrong; 3 no controller answers
)";

constexpr char kResume[] =
    R"(usage: rollport resume [-f FILE] [--json]

Lets a roll go on that was paused by `rollport pause`, by a canary without a
time, or by a failure where auto_revert is off. Returns at once.

exit status: 0 done; 1 there is nothing to resume; 2 the command or the fleet
file is wrong; 3 no controller answers
)";

constexpr char kAbort[] =
    R"(usage: rollport abort [-f FILE] [--detach] [--json]

Ends the roll that is under way by going back: slots already replaced return to
the generation the roll came from, the same careful way. Waits, and gives the
verdict of that roll.

  --detach   do not wait
  --json     print only the verdict, as `rollport roll --json` does

exit status: 0 aborted; 1 it ended in another way, or there is no roll to abort;
2 the command or the fleet file is wrong; 3 no controller answers
)";

constexpr char kUndo[] =
    R"(usage: rollport undo [-f FILE] [--to GENERATION] [--detach] [--json]

Rolls back to an earlier generation: its command, its settings and the very
bytes of its program, whatever the files on disk are by now. Of a script only
the command is kept. Without --to, it is the newest one before the present one
that the whole fleet has run. Shows progress, waits, and gives a verdict, as
`rollport roll` does.

  --to GENERATION   one of those that `rollport history` lists

examples
  rollport undo
  rollport history && rollport undo --to 3

exit status: 0 rolled; 1 reverted, aborted or refused, and the fleet is as it
was; 2 the command is wrong, or that generation is not kept; 3 no controller
answers
)";

constexpr char kHistory[] =
    R"(usage: rollport history [-f FILE] [--json] [ROLL]

Lists the generations that are kept and the rolls there were, oldest first. With
ROLL, its number, tells more of that one: how long each worker was in each
phase, and what it cost: connections cut and handed over, and what the kernel
counted meanwhile (of all programs in this network namespace).

  --json   the same and more as one JSON object

examples
  rollport history
  rollport history 7
  rollport history --json | jq '.rolls[-1].verdict'

exit status: 0 done; 2 the command is wrong, or nothing is known of that roll;
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
