#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "controller/suggest.h"

namespace rollport::cli {
namespace {

struct CommandName {
  const char* name;
  Command command;
};
constexpr std::array<CommandName, 5> kCommands = {{{"run", Command::kRun},
                                                   {"roll", Command::kRoll},
                                                   {"status", Command::kStatus},
                                                   {"check", Command::kCheck},
                                                   {"stop", Command::kStop}}};

absl::Status Wrong(absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(message, "; see rollport --help"));
}

// A word that no option and no command took.
absl::Status WrongWord(const std::string& word, Command command) {
  if (word == "--detach") return Wrong("only \"roll\" takes --detach");
  if (word.size() > 1 && word[0] == '-') {
    return Wrong(absl::StrCat(
        "unknown option \"", word, "\"",
        controller::DidYouMean(word, {"--file", "--json", "--detach", "--help", "--version"})));
  }
  if (command == Command::kNone) {
    std::vector<std::string> names;
    names.reserve(kCommands.size());
    for (const CommandName& known : kCommands) names.emplace_back(known.name);
    return Wrong(
        absl::StrCat("unknown command \"", word, "\"", controller::DidYouMean(word, names)));
  }
  if (command == Command::kRoll) {
    return Wrong(absl::StrCat("unexpected \"", word,
                              "\": the command of a new generation goes behind \"--\""));
  }
  return Wrong(absl::StrCat("unexpected \"", word, "\""));
}

absl::Status Check(const Arguments& arguments) {
  if (arguments.help || arguments.version) return absl::OkStatus();
  if (arguments.command == Command::kNone) return Wrong("no command given");
  if (arguments.roll_command.has_value()) {
    if (arguments.command != Command::kRoll) return Wrong("only \"roll\" takes a command");
    if (arguments.roll_command->empty()) return Wrong("there is no command behind \"--\"");
    if (arguments.roll_command->front().empty()) return Wrong("the command behind \"--\" is empty");
  }
  if (arguments.json && arguments.command == Command::kRun) return Wrong("\"run\" has no --json");
  if (arguments.file.empty()) return Wrong("--file is empty");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words) {
  Arguments arguments;
  // What follows "--" is somebody else's command line.
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) arguments.roll_command.emplace(dashes + 1, words.end());

  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  app.add_option("-f,--file", arguments.file)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  app.add_flag("--json", arguments.json);
  app.add_flag("-h,--help", arguments.help);
  app.add_flag("--version", arguments.version);
  for (const CommandName& known : kCommands) {
    CLI::App* command = app.add_subcommand(known.name);
    command->set_help_flag();
    // Options of the whole may stand behind the command too.
    command->fallthrough();
    command->allow_extras();
    command->callback([&arguments, known] { arguments.command = known.command; });
    if (known.command == Command::kRoll) command->add_flag("--detach", arguments.detach);
  }
  // CLI11 wants them last first.
  std::vector<std::string> ours(words.begin(), dashes);
  std::reverse(ours.begin(), ours.end());
  try {
    app.parse(std::move(ours));
  } catch (const CLI::ParseError& error) {
    return Wrong(error.what());
  }
  const std::vector<std::string> extras = app.remaining(/*recurse=*/true);
  if (!extras.empty()) return WrongWord(extras.front(), arguments.command);
  if (app.get_subcommands().size() > 1) return Wrong("more than one command given");
  if (absl::Status status = Check(arguments); !status.ok()) return status;
  return arguments;
}

}  // namespace rollport::cli
