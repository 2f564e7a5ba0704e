#include "cli/arguments.h"

#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::cli {
namespace {

using Line = std::vector<std::string>;

// The message without its reference to the help.
std::string Mistake(const Line& words) {
  const auto arguments = ParseArguments(words);
  if (arguments.ok()) return "no mistake";
  const std::string message(arguments.status().message());
  EXPECT_THAT(message, testing::Not(testing::HasSubstr("\n")));
  const size_t see = message.rfind(" (see rollport ");
  EXPECT_NE(see, std::string::npos) << message;
  return message.substr(0, see);
}

TEST(ArgumentsTest, OptionsMayStandBeforeOrBehindTheCommand) {
  for (const Line& words :
       {Line{"-f", "a.toml", "--json", "status"}, Line{"status", "--json", "-f", "a.toml"},
        Line{"--file=a.toml", "status", "--json"}}) {
    const auto arguments = ParseArguments(words);
    ASSERT_TRUE(arguments.ok()) << arguments.status();
    EXPECT_EQ(arguments->command, Command::kStatus);
    EXPECT_EQ(arguments->file, "a.toml");
    EXPECT_TRUE(arguments->json);
  }
}

TEST(ArgumentsTest, EveryCommandIsKnownWithTheFileBeforeOrBehindIt) {
  for (const CommandSpec& spec : kCommands) {
    if (spec.command == Command::kHelp) continue;
    Line words = {spec.name};
    if (spec.command == Command::kCompletions) {
      words.emplace_back("zsh");
    } else if (*spec.operand != '\0') {
      words.emplace_back("1");
    }
    EXPECT_EQ(ParseArguments(words)->command, spec.command) << spec.name;
    EXPECT_EQ(ParseArguments(words)->file, "fleet.toml");
    EXPECT_FALSE(ParseArguments(words)->file_given);
    Line before = words;
    before.insert(before.begin(), {"-f", "a.toml"});
    words.insert(words.end(), {"--file", "a.toml"});
    for (const Line& with_file : {before, words}) {
      const auto arguments = ParseArguments(with_file);
      ASSERT_TRUE(arguments.ok()) << arguments.status();
      EXPECT_EQ(arguments->command, spec.command);
      EXPECT_EQ(arguments->file, "a.toml");
      EXPECT_TRUE(arguments->file_given);
    }
  }
}

TEST(ArgumentsTest, Operands) {
  EXPECT_EQ(ParseArguments({"scale", "8"})->number, 8);
  EXPECT_EQ(ParseArguments({"scale", "--detach", "8", "--json"})->number, 8);
  EXPECT_EQ(ParseArguments({"restart", "0"})->number, 0);
  EXPECT_EQ(ParseArguments({"history", "7"})->number, 7);
  EXPECT_EQ(ParseArguments({"history"})->number, std::nullopt);
  EXPECT_EQ(ParseArguments({"undo"})->to, std::nullopt);
  EXPECT_EQ(ParseArguments({"undo", "--to", "3"})->to, 3);
  EXPECT_EQ(ParseArguments({"undo", "--to=3"})->to, 3);
  EXPECT_EQ(ParseArguments({"completions", "fish"})->shell, "fish");
}

TEST(ArgumentsTest, CanariesAreStepsInTheirOrder) {
  using Steps = std::vector<fleet_file::CanaryStep>;
  const absl::Duration ever = absl::InfiniteDuration();
  EXPECT_EQ(ParseArguments({"roll"})->canary, std::nullopt);
  EXPECT_EQ(ParseArguments({"roll", "--canary", "5%"})->canary, (Steps{{5, ever}}));
  EXPECT_EQ(ParseArguments({"roll", "--canary=0.5%", "--for=90s"})->canary,
            (Steps{{0.5, absl::Seconds(90)}}));
  EXPECT_EQ(ParseArguments({"roll", "--canary", "5", "--for", "1m", "--canary", "25%"})->canary,
            (Steps{{5, absl::Minutes(1)}, {25, ever}}));
  EXPECT_EQ(ParseArguments({"roll", "--canary", "5", "--detach", "--canary", "25", "--for", "1m",
                            "--", "./server", "--canary"})
                ->canary,
            (Steps{{5, ever}, {25, absl::Minutes(1)}}));
}

TEST(ArgumentsTest, WhatFollowsTheDashesIsNotOurs) {
  const auto arguments =
      ParseArguments({"roll", "--detach", "--", "./server", "--json", "-f", "--", "x"});
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_TRUE(arguments->detach);
  EXPECT_FALSE(arguments->json);
  EXPECT_EQ(arguments->file, "fleet.toml");
  EXPECT_EQ(arguments->roll_command, (Line{"./server", "--json", "-f", "--", "x"}));
  EXPECT_EQ(ParseArguments({"roll"})->roll_command, std::nullopt);
}

TEST(ArgumentsTest, EveryMistakeIsOneLine) {
  EXPECT_EQ(Mistake({}), "no command given");
  EXPECT_EQ(Mistake({"--detach"}), "no command given");
  EXPECT_EQ(Mistake({"rol"}), "unknown command \"rol\"; did you mean \"roll\"?");
  EXPECT_EQ(Mistake({"frobnicate"}), "unknown command \"frobnicate\"");
  EXPECT_EQ(Mistake({"deploy"}),
            "unknown command \"deploy\"; `rollport roll` replaces every worker by the new release");
  EXPECT_THAT(Mistake({"rollback"}), testing::HasSubstr("`rollport undo` goes back"));
  EXPECT_THAT(Mistake({"ps"}), testing::HasSubstr("`rollport status` shows the workers"));
  EXPECT_THAT(Mistake({"logs", "-f"}), testing::HasSubstr("-f"));
  EXPECT_THAT(Mistake({"logs"}), testing::HasSubstr("the controller's log, that is the stderr of"));
  EXPECT_EQ(Mistake({"help", "stats"}), "unknown command \"stats\"; did you mean \"status\"?");
  EXPECT_EQ(Mistake({"status", "--jsno"}), "unknown option \"--jsno\"; did you mean \"--json\"?");
  EXPECT_EQ(Mistake({"roll", "--canery=5"}),
            "unknown option \"--canery\"; did you mean \"--canary\"?");
  EXPECT_EQ(Mistake({"status", "--detach"}),
            "\"status\" does not take --detach; only roll, abort, undo, scale, restart do");
  EXPECT_EQ(Mistake({"roll", "--to", "3"}), "\"roll\" does not take --to; only undo does");
  EXPECT_EQ(Mistake({"undo", "--canary", "3"}), "\"undo\" does not take --canary; only roll does");
  EXPECT_EQ(Mistake({"--detach", "roll"}), "--detach goes after \"roll\"");
  EXPECT_EQ(Mistake({"status", "now"}), "unexpected \"now\"");
  EXPECT_EQ(Mistake({"status", "stop"}), "more than one command given");
  EXPECT_EQ(Mistake({"roll", "./server"}),
            "unexpected \"./server\": the command of a new generation goes after \"--\"");
  EXPECT_EQ(Mistake({"stop", "--", "x"}), "only \"roll\" takes a command");
  EXPECT_EQ(Mistake({"roll", "--"}), "there is no command after \"--\"");
  EXPECT_EQ(Mistake({"roll", "--", ""}), "the command after \"--\" is empty");
  EXPECT_EQ(Mistake({"run", "--json"}), "\"run\" has no --json");
  EXPECT_EQ(Mistake({"--json", "top"}), "\"top\" has no --json");
  EXPECT_EQ(Mistake({"status", "-f", ""}), "--file is empty");
  EXPECT_EQ(Mistake({"status", "-f"}), "--file needs a value");
  EXPECT_EQ(Mistake({"-f", "a", "-f", "b", "status"}), "--file is given twice");
  EXPECT_NE(Mistake({"status", "--json=maybe"}), "no mistake");
}

TEST(ArgumentsTest, EveryWrongValueIsNamed) {
  EXPECT_EQ(Mistake({"scale"}), "\"scale\" needs the number of workers: rollport scale 4");
  EXPECT_EQ(Mistake({"scale", "4", "5"}), "unexpected \"5\"");
  for (const std::string bad : {"0", "-1", "four", "1.5", "99999999999999999999", ""}) {
    EXPECT_EQ(Mistake({"scale", bad}),
              "the number of workers is a whole number of at least 1, not \"" + bad + "\"");
  }
  EXPECT_EQ(Mistake({"restart"}),
            "\"restart\" needs the number of a slot: rollport restart 0 (`rollport roll` replaces "
            "every worker)");
  EXPECT_EQ(Mistake({"restart", "-1"}), "a slot is a whole number of at least 0, not \"-1\"");
  EXPECT_EQ(Mistake({"history", "last"}), "a roll is a whole number of at least 1, not \"last\"");
  EXPECT_EQ(Mistake({"undo", "3"}), "unexpected \"3\"");
  EXPECT_EQ(Mistake({"undo", "--to"}), "--to needs a value");
  for (const std::string bad : {"", "0", "-2", "--json", "two"}) {
    EXPECT_EQ(Mistake({"undo", "--to", bad}),
              "--to is a whole number of at least 1, not \"" + bad + "\"");
  }
  EXPECT_EQ(Mistake({"undo", "--to", "1", "--to", "2"}), "--to is given twice");
  EXPECT_EQ(Mistake({"completions"}),
            "\"completions\" needs the name of a shell: bash, zsh or fish");
  EXPECT_EQ(
      Mistake({"completions", "bas"}),
      "there are completions for bash, zsh and fish, not for \"bas\"; did you mean \"bash\"?");
}

TEST(ArgumentsTest, EveryWrongCanaryIsNamed) {
  EXPECT_EQ(Mistake({"roll", "--canary"}), "--canary needs a value");
  for (const std::string bad : {"", "%", "5%%", "x", "nan", "inf", "5 per cent"}) {
    EXPECT_EQ(Mistake({"roll", "--canary", bad}),
              "--canary takes a share in per cent, like 5% or 0.5%, not \"" + bad + "\"");
  }
  EXPECT_EQ(Mistake({"roll", "--canary", "0"}),
            "a canary's share is above 0% and below 100%, not 0%");
  EXPECT_EQ(Mistake({"roll", "--canary", "-5"}),
            "a canary's share is above 0% and below 100%, not -5%");
  EXPECT_EQ(Mistake({"roll", "--canary", "5", "--canary", "4%"}),
            "a canary's share is above 5%, the step before it, and below 100%, not 4%");
  EXPECT_EQ(Mistake({"roll", "--for", "1m"}), "--for goes after the --canary that it belongs to");
  EXPECT_EQ(Mistake({"roll", "--for", "1m", "--canary", "5"}),
            "--for goes after the --canary that it belongs to");
  EXPECT_EQ(Mistake({"roll", "--canary", "5", "--for", "1m", "--for", "2m"}),
            "two --for after one --canary");
  for (const std::string bad : {"", "60", "-1s", "soon", "inf", "9000h"}) {
    EXPECT_EQ(Mistake({"roll", "--canary", "5", "--for", bad}),
              "--for takes a time like 90s or 1m30s, not \"" + bad + "\"");
  }
}

TEST(ArgumentsTest, AMistakeNamesTheHelpThatIsNear) {
  const auto help = [](const Line& words) {
    const std::string message(ParseArguments(words).status().message());
    return message.substr(message.rfind(" (see "));
  };
  EXPECT_EQ(help({"roll", "x"}), " (see rollport help roll)");
  EXPECT_EQ(help({"rol"}), " (see rollport --help)");
}

TEST(ArgumentsTest, TheFormatOfTheLogIsForRun) {
  EXPECT_EQ(ParseArguments({"run", "--log-format", "logfmt"})->log_format, "logfmt");
  EXPECT_EQ(ParseArguments({"run"})->log_format, "");
  EXPECT_EQ(Mistake({"run", "--log-format", "jsn"}),
            "--log-format is text, json or logfmt, not \"jsn\"; did you mean \"json\"?");
  EXPECT_EQ(Mistake({"roll", "--log-format", "json"}),
            "\"roll\" does not take --log-format; only run does");
}

TEST(ArgumentsTest, HelpIsGivenWhateverElseIsMissing) {
  EXPECT_TRUE(ParseArguments({"--help"})->help);
  EXPECT_TRUE(ParseArguments({"-h"})->help);
  EXPECT_TRUE(ParseArguments({"--version"})->version);
  EXPECT_TRUE(ParseArguments({"-V"})->version);
  const auto roll = ParseArguments({"roll", "--help"});
  EXPECT_TRUE(roll->help);
  EXPECT_EQ(roll->command, Command::kRoll);
  EXPECT_TRUE(ParseArguments({"scale", "--help"})->help);
  for (const CommandSpec& spec : kCommands) {
    const auto help = ParseArguments({"help", spec.name});
    ASSERT_TRUE(help.ok()) << help.status();
    EXPECT_TRUE(help->help);
    EXPECT_EQ(help->command, spec.command);
  }
  EXPECT_TRUE(ParseArguments({"help"})->help);
}

TEST(ArgumentsTest, WhatToTypeNextNamesTheFleetFile) {
  EXPECT_EQ(CommandLine(*ParseArguments({"roll"}), "pause"), "rollport pause");
  EXPECT_EQ(CommandLine(*ParseArguments({"roll", "-f", "a.toml"}), "pause"),
            "rollport pause -f a.toml");
}

TEST(ArgumentsTest, HelpFitsAnOldTerminalAndNamesEveryOptionAndExitStatus) {
  for (const CommandSpec& spec : kCommands) {
    const std::string help = HelpText(spec.command);
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
    EXPECT_THAT(HelpText(Command::kNone),
                testing::HasSubstr(std::string("\n  ") + spec.name + " "));
    if (spec.command == Command::kHelp) continue;
    EXPECT_THAT(help, testing::StartsWith(std::string("usage: rollport ") + spec.name));
    for (const OptionSpec& option : kOptions) {
      if ((spec.takes & option.takes) == 0) continue;
      EXPECT_THAT(help, testing::HasSubstr(option.name)) << spec.name;
    }
    if (spec.command == Command::kCompletions) continue;
    EXPECT_THAT(help, testing::HasSubstr("exit status: 0")) << spec.name;
  }
}

}  // namespace
}  // namespace rollport::cli
