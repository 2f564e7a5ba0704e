// The commands and options, for the parser, the completions and the help.
#ifndef ROLLPORT_CLI_COMMAND_TABLE_H_
#define ROLLPORT_CLI_COMMAND_TABLE_H_

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace rollport::cli {

enum class Command {
  kNone,
  kRun,
  kRoll,
  kStatus,
  kTop,
  kPause,
  kResume,
  kAbort,
  kUndo,
  kHistory,
  kScale,
  kRestart,
  kStop,
  kCheck,
  kDoctor,
  kCompletions,
  kVersion,
  kHelp
};

// Options that not every command takes, as bits.
enum Takes : unsigned {
  kTakesAll = 0,
  kTakesJson = 1,
  kTakesDetach = 2,
  kTakesCanary = 4,
  kTakesTo = 8,
  kTakesLogFormat = 16,
};

struct CommandSpec {
  const char* name;
  Command command;
  unsigned takes;
  const char* operand;  // empty if it takes none; in brackets if it may be missing
  const char* summary;  // at most 58 characters
};

inline constexpr std::array kCommands = {
    CommandSpec{"run", Command::kRun, kTakesLogFormat, "",
                "start the fleet and keep it running, in the foreground"},
    CommandSpec{"roll", Command::kRoll, kTakesJson | kTakesDetach | kTakesCanary, "",
                "replace every worker, and report the verdict"},
    CommandSpec{"status", Command::kStatus, kTakesJson, "", "the fleet now"},
    CommandSpec{"top", Command::kTop, 0, "", "the fleet now, live"},
    CommandSpec{"pause", Command::kPause, kTakesJson, "", "pause a roll"},
    CommandSpec{"resume", Command::kResume, kTakesJson, "", "continue a paused roll"},
    CommandSpec{"abort", Command::kAbort, kTakesJson | kTakesDetach, "",
                "revert a roll, and report the verdict"},
    CommandSpec{"undo", Command::kUndo, kTakesJson | kTakesDetach | kTakesTo, "",
                "go back to an earlier generation"},
    CommandSpec{"history", Command::kHistory, kTakesJson, "[ROLL]",
                "the generations, and the rolls so far"},
    CommandSpec{"scale", Command::kScale, kTakesJson | kTakesDetach, "N",
                "change the number of workers"},
    CommandSpec{"restart", Command::kRestart, kTakesJson | kTakesDetach, "SLOT",
                "replace one worker, within its generation"},
    CommandSpec{"stop", Command::kStop, kTakesJson, "",
                "drain every worker, and end the controller"},
    CommandSpec{"check", Command::kCheck, kTakesJson, "", "validate the fleet file"},
    CommandSpec{"doctor", Command::kDoctor, kTakesJson, "",
                "test what this kernel and this user may do"},
    CommandSpec{"completions", Command::kCompletions, 0, "SHELL",
                "print a script for bash, zsh or fish"},
    CommandSpec{"version", Command::kVersion, 0, "", "print the version"},
    CommandSpec{"help", Command::kHelp, 0, "[COMMAND]", "more about a command"},
};

struct OptionSpec {
  const char* name;
  const char* short_name;  // may be empty
  unsigned takes;          // the bit of the commands that take it; kTakesAll: every command
  const char* value;       // what follows it; empty if nothing does
  const char* summary;     // at most 58 characters
};

inline constexpr std::array kOptions = {
    OptionSpec{"--file", "-f", kTakesAll, "FILE", "the fleet file (default ./fleet.toml)"},
    OptionSpec{"--json", "", kTakesJson, "", "print one JSON object on stdout"},
    OptionSpec{"--detach", "", kTakesDetach, "", "do not wait for the verdict"},
    OptionSpec{"--canary", "", kTakesCanary, "SHARE", "hold the first replacement at this share"},
    OptionSpec{"--for", "", kTakesCanary, "TIME", "how long that canary step lasts"},
    OptionSpec{"--to", "", kTakesTo, "GENERATION", "the generation to go back to"},
    OptionSpec{"--log-format", "", kTakesLogFormat, "FORMAT", "text, json or logfmt"},
    OptionSpec{"--help", "-h", kTakesAll, "", "what a command does"},
    OptionSpec{"--version", "-V", kTakesAll, "", "the version"},
};

inline constexpr std::array kShells = {"bash", "zsh", "fish"};
inline constexpr std::array kLogFormats = {"text", "json", "logfmt"};

// REQUIRES: not kNone.
const CommandSpec& SpecOf(Command command);
// Null if there is none of that name.
const CommandSpec* FindCommand(std::string_view name);
const OptionSpec* FindOption(std::string_view name);

inline bool TakesOption(const CommandSpec& command, const OptionSpec& option) {
  return option.takes == kTakesAll || (command.takes & option.takes) != 0;
}
std::vector<std::string> CommandNames();
// The options that this command takes.
std::vector<std::string> OptionNames(const CommandSpec& command);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_COMMAND_TABLE_H_
