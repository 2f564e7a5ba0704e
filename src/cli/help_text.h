// The parts of HelpText(), by the subject of the commands.
#ifndef ROLLPORT_CLI_HELP_TEXT_H_
#define ROLLPORT_CLI_HELP_TEXT_H_

#include "cli/command_table.h"

namespace rollport::cli {

// Null if the command is not one of these.
const char* RollHelp(Command command);   // roll, pause, resume, abort, undo, history
const char* FleetHelp(Command command);  // the fleet as a whole: run, status, scale, …

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_HELP_TEXT_H_
