// The `rollport` command.
#ifndef ROLLPORT_CLI_MAIN_H_
#define ROLLPORT_CLI_MAIN_H_

namespace rollport::cli {

// The program's exit status: DESIGN section 6.
int Main(int argc, char** argv);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_MAIN_H_
