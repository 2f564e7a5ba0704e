#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/hints.h"
#include "cli/values.h"
#include "fleet_file/canary.h"
#include "fleet_file/suggest.h"

namespace rollport::cli {
namespace {

using fleet_file::DidYouMean;

absl::Status Wrong(absl::string_view message) { return absl::InvalidArgumentError(message); }

// The words as CLI11 sorts them: values as they were typed.
struct Typed {
  std::vector<std::string> canary;
  std::vector<std::string> hold;
  std::optional<std::string> to;
  // "--canary" and "--for", in the order in which they were typed.
  std::vector<std::string> order;
  // The words that no option and no command took.
  std::vector<std::string> others;
};

std::string Quoted(absl::string_view word) { return absl::StrCat("\"", word, "\""); }

absl::Status UnknownCommand(const std::string& word) {
  const std::string hint = HintFor(word);
  return Wrong(absl::StrCat("unknown command ", Quoted(word),
                            hint.empty() ? DidYouMean(word, CommandNames()) : hint));
}

// An option that does not exist, or that this command does not take.
absl::Status WrongOption(const std::string& word, Command command) {
  const std::string name = word.substr(0, word.find('='));
  const OptionSpec* option = FindOption(name);
  if (option == nullptr) {
    std::vector<std::string> names = {"--file", "--help", "--version"};
    if (command != Command::kNone) names = OptionNames(SpecOf(command));
    return Wrong(absl::StrCat("unknown option ", Quoted(name), DidYouMean(name, names)));
  }
  if (command == Command::kNone) return Wrong("no command given");
  if (TakesOption(SpecOf(command), *option)) {
    return Wrong(absl::StrCat(name, " goes after ", Quoted(SpecOf(command).name)));
  }
  std::vector<std::string> takers;
  for (const CommandSpec& spec : kCommands) {
    if (TakesOption(spec, *option)) takers.emplace_back(spec.name);
  }
  const std::string hint = takers.size() > 6 ? ""
                                             : absl::StrCat("; only ", absl::StrJoin(takers, ", "),
                                                            takers.size() == 1 ? " does" : " do");
  return Wrong(absl::StrCat(Quoted(SpecOf(command).name), " does not take ", name, hint));
}

bool IsOption(const std::string& word) {
  // A negative number is a wrong number, not an option.
  return word.size() > 1 && word[0] == '-' && (word[1] < '0' || word[1] > '9');
}

absl::Status MissingOperand(Command command) {
  const char* what =
      command == Command::kScale ? "the number of workers: rollport scale 4"
      : command == Command::kRestart
          ? "the number of a slot: rollport restart 0 (`rollport roll` replaces every worker)"
          : "the name of a shell: bash, zsh or fish";
  return Wrong(absl::StrCat(Quoted(SpecOf(command).name), " needs ", what));
}

absl::Status ReadShell(const std::string& word, std::string* shell) {
  if (std::find(kShells.begin(), kShells.end(), word) == kShells.end()) {
    return Wrong(absl::StrCat("there are completions for bash, zsh and fish, not for ",
                              Quoted(word), DidYouMean(word, {kShells.begin(), kShells.end()})));
  }
  *shell = word;
  return absl::OkStatus();
}

absl::Status ReadOperand(const std::string& word, Arguments* arguments) {
  switch (arguments->command) {
    case Command::kScale: {
      ASSIGN_OR_RETURN(arguments->number, ParseNumber(word, "the number of workers", 1));
      return absl::OkStatus();
    }
    case Command::kRestart: {
      ASSIGN_OR_RETURN(arguments->number, ParseNumber(word, "a slot", 0));
      return absl::OkStatus();
    }
    case Command::kHistory: {
      ASSIGN_OR_RETURN(arguments->number, ParseNumber(word, "a roll", 1));
      return absl::OkStatus();
    }
    case Command::kCompletions:
      return ReadShell(word, &arguments->shell);
    case Command::kHelp:
      return UnknownCommand(word);
    case Command::kRoll:
      return Wrong(absl::StrCat("unexpected ", Quoted(word),
                                ": the command of a new generation goes after \"--\""));
    default:
      return Wrong(absl::StrCat("unexpected ", Quoted(word)));
  }
}

absl::Status ReadOthers(const std::vector<std::string>& words, Arguments* arguments) {
  const Command command = arguments->command;
  for (const std::string& word : words) {
    if (IsOption(word)) return WrongOption(word, command);
  }
  if (words.empty()) {
    const bool needs = command != Command::kNone && *SpecOf(command).operand != '\0' &&
                       *SpecOf(command).operand != '[';
    return needs && !arguments->help ? MissingOperand(command) : absl::OkStatus();
  }
  if (command == Command::kNone) return UnknownCommand(words[0]);
  RETURN_IF_ERROR(ReadOperand(words[0], arguments));
  if (words.size() > 1) return Wrong(absl::StrCat("unexpected ", Quoted(words[1])));
  return absl::OkStatus();
}

absl::Status ReadCanary(const Typed& typed, Arguments* arguments) {
  size_t canaries = 0;
  size_t holds = 0;
  for (const std::string& name : typed.order) {
    if (name == "--canary") {
      if (!arguments->canary.has_value()) arguments->canary.emplace();
      ASSIGN_OR_RETURN(const double share, ParseShare(typed.canary[canaries++]));
      arguments->canary->push_back({.per_cent = share, .hold = absl::InfiniteDuration()});
      continue;
    }
    if (canaries == 0) return Wrong("--for goes after the --canary that it belongs to");
    if (arguments->canary->back().hold != absl::InfiniteDuration()) {
      return Wrong("two --for after one --canary");
    }
    ASSIGN_OR_RETURN(arguments->canary->back().hold, ParseHold(typed.hold[holds++]));
  }
  return arguments->canary.has_value() ? fleet_file::CheckCanary(*arguments->canary)
                                       : absl::OkStatus();
}

absl::Status ReadRollCommand(const Arguments& arguments) {
  if (!arguments.roll_command.has_value()) return absl::OkStatus();
  if (arguments.command != Command::kRoll) return Wrong("only \"roll\" takes a command");
  if (arguments.roll_command->empty()) return Wrong("there is no command after \"--\"");
  if (arguments.roll_command->front().empty()) return Wrong("the command after \"--\" is empty");
  return absl::OkStatus();
}

absl::Status CheckLogFormat(const std::string& format) {
  const std::vector<std::string> known(kLogFormats.begin(), kLogFormats.end());
  if (format.empty() || std::find(known.begin(), known.end(), format) != known.end()) {
    return absl::OkStatus();
  }
  return Wrong(absl::StrCat("--log-format is text, json or logfmt, not ", Quoted(format),
                            DidYouMean(format, known)));
}

// Reads which command was given. `help COMMAND` is COMMAND with --help.
absl::Status ReadCommand(const std::vector<CLI::App*>& given, Arguments* arguments) {
  for (size_t i = 0; i < given.size(); ++i) {
    const bool second_of_help = i == 1 && given[0]->get_name() == "help";
    if (i > 0 && !second_of_help) return Wrong("more than one command given");
    arguments->command = FindCommand(given[i]->get_name())->command;
  }
  if (!given.empty() && given[0]->get_name() == "help") arguments->help = true;
  return absl::OkStatus();
}

// Adds the options of `command` to its parser.
void AddOptions(const CommandSpec& command, CLI::App* app, Typed* typed, Arguments* arguments) {
  if ((command.takes & kTakesDetach) != 0) app->add_flag("--detach", arguments->detach);
  if ((command.takes & kTakesTo) != 0) app->add_option("--to", typed->to);
  if ((command.takes & kTakesLogFormat) != 0) {
    app->add_option("--log-format", arguments->log_format);
  }
  if ((command.takes & kTakesCanary) == 0) return;
  for (auto& [name, values] :
       {std::pair("--canary", &typed->canary), std::pair("--for", &typed->hold)}) {
    app->add_option(name, *values)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
}

absl::Status Split(std::vector<std::string> words, Arguments* arguments, Typed* typed) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  app.add_option("-f,--file", arguments->file)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  app.add_flag("--json", arguments->json);
  app.add_flag("-h,--help", arguments->help);
  app.add_flag("-V,--version", arguments->version);
  for (const CommandSpec& spec : kCommands) {
    CLI::App* command = app.add_subcommand(spec.name);
    command->set_help_flag();
    // General options may come after the command too.
    command->fallthrough();
    command->allow_extras();
    AddOptions(spec, command, typed, arguments);
  }
  // CLI11 takes them in reverse order.
  std::reverse(words.begin(), words.end());
  try {
    app.parse(std::move(words));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();
    const bool twice = what.find("At Most") != std::string::npos;
    return Wrong(
        absl::StrCat(what.substr(0, what.find(':')), twice ? " is given twice" : " needs a value"));
  } catch (const CLI::ParseError& error) {
    return Wrong(error.what());
  }
  arguments->file_given = app.count("--file") > 0;
  for (const CLI::App* command : app.get_subcommands()) {
    for (const CLI::Option* option : command->parse_order()) {
      const std::string name = option->get_name();
      if (name == "--canary" || name == "--for") typed->order.push_back(name);
    }
  }
  typed->others = app.remaining(/*recurse=*/true);
  return ReadCommand(app.get_subcommands(), arguments);
}

absl::Status Read(const Typed& typed, Arguments* arguments) {
  RETURN_IF_ERROR(ReadOthers(typed.others, arguments));
  if (arguments->help || arguments->version) return absl::OkStatus();
  if (arguments->command == Command::kNone) return Wrong("no command given");
  if (arguments->json && (SpecOf(arguments->command).takes & kTakesJson) == 0) {
    return Wrong(absl::StrCat(Quoted(SpecOf(arguments->command).name), " has no --json"));
  }
  if (arguments->file.empty()) return Wrong("--file is empty");
  RETURN_IF_ERROR(ReadRollCommand(*arguments));
  RETURN_IF_ERROR(ReadCanary(typed, arguments));
  RETURN_IF_ERROR(CheckLogFormat(arguments->log_format));
  if (typed.to.has_value()) {
    ASSIGN_OR_RETURN(arguments->to, ParseNumber(*typed.to, "--to", 1));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words) {
  Arguments arguments;
  // What follows "--" is another command line.
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) arguments.roll_command.emplace(dashes + 1, words.end());
  Typed typed;
  absl::Status status = Split({words.begin(), dashes}, &arguments, &typed);
  if (status.ok()) status = Read(typed, &arguments);
  if (status.ok()) return arguments;
  const bool general = arguments.command == Command::kNone || arguments.command == Command::kHelp;
  const std::string help =
      general ? "rollport --help" : absl::StrCat("rollport help ", SpecOf(arguments.command).name);
  return Wrong(absl::StrCat(status.message(), " (see ", help, ")"));
}

std::string CommandLine(const Arguments& arguments, const std::string& command) {
  return absl::StrCat("rollport ", command,
                      arguments.file_given ? absl::StrCat(" -f ", arguments.file) : "");
}

}  // namespace rollport::cli
