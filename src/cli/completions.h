// Scripts with which a shell completes a `rollport` command line.
#ifndef ROLLPORT_CLI_COMPLETIONS_H_
#define ROLLPORT_CLI_COMPLETIONS_H_

#include <string>

namespace rollport::cli {

// The script for `shell`. REQUIRES: it is one of kShells.
std::string Completions(const std::string& shell);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_COMPLETIONS_H_
