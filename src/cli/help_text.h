// The texts of HelpText(), by what their commands are about.
#ifndef ROLLPORT_CLI_HELP_TEXT_H_
#define ROLLPORT_CLI_HELP_TEXT_H_

#include "cli/command_table.h"

namespace rollport::cli {

// Null where the command is not of this kind.
const char* RollHelp(Command command);   // rolls, and what is done to a roll
const char* FleetHelp(Command command);  // the fleet as a whole: run, status, scale, …

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_HELP_TEXT_H_
