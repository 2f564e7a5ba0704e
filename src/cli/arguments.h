// The command line as a value.
#ifndef ROLLPORT_CLI_ARGUMENTS_H_
#define ROLLPORT_CLI_ARGUMENTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace rollport::cli {

enum class Command { kNone, kRun, kRoll, kStatus, kCheck, kStop };

struct Arguments {
  Command command = Command::kNone;
  std::string file = "fleet.toml";
  bool json = false;
  bool detach = false;
  bool help = false;
  bool version = false;
  std::optional<std::vector<std::string>> roll_command;  // what follows "--"
};

// `words` without the program's name. kInvalidArgument is one line that says what is wrong.
absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words);

// What `rollport --help` or `rollport COMMAND --help` prints, at most 80 columns wide.
std::string HelpText(Command command);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_ARGUMENTS_H_
