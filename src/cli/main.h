// The `rollport` command.
#ifndef ROLLPORT_CLI_MAIN_H_
#define ROLLPORT_CLI_MAIN_H_

#include "cli/commands.h"

namespace rollport::cli {

// `run` runs the controller for `rollport run`. Returns an exit status, as in
// docs/design.md, "The command".
int Main(int argc, char** argv, const Runner& run);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_MAIN_H_
