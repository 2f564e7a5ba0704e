// The command line as a value.
#ifndef ROLLPORT_CLI_ARGUMENTS_H_
#define ROLLPORT_CLI_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/command_table.h"
#include "fleet_file/fleet_settings.h"

namespace rollport::cli {

struct Arguments {
  Command command = Command::kNone;  // with `help`: the command to explain
  std::string file = "fleet.toml";
  bool file_given = false;
  bool json = false;
  bool detach = false;
  bool help = false;
  bool version = false;
  std::optional<std::vector<std::string>> roll_command;       // what follows "--"
  std::optional<std::vector<fleet_file::CanaryStep>> canary;  // checked by CheckCanary
  std::optional<int64_t> to;                                  // a generation
  std::optional<int64_t> number;  // the operand: workers, a slot or a roll
  std::string shell;              // the operand of completions
  std::string log_format;         // one of kLogFormats; empty: not given
};

// `words` do not include argv[0]. kInvalidArgument is one line that says what is wrong.
absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words);

// What to type for another command about the same fleet: "rollport pause -f site.toml".
std::string CommandLine(const Arguments& arguments, const std::string& command);

// What `rollport --help` or `rollport COMMAND --help` prints, at most 80 columns wide.
std::string HelpText(Command command);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_ARGUMENTS_H_
