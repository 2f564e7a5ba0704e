#include "cli/arguments.h"

#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::cli {
namespace {

using Words = std::vector<std::string>;

constexpr char kSee[] = "; see rollport --help";

// The message without its reference to the help.
std::string Mistake(const Words& words) {
  const auto arguments = ParseArguments(words);
  if (arguments.ok()) return "no mistake";
  const std::string message(arguments.status().message());
  EXPECT_THAT(message, testing::EndsWith(kSee));
  EXPECT_THAT(message, testing::Not(testing::HasSubstr("\n")));
  return message.substr(0, message.size() - sizeof kSee + 1);
}

TEST(ArgumentsTest, OptionsMayStandBeforeOrBehindTheCommand) {
  for (const Words& words :
       {Words{"-f", "a.toml", "--json", "status"}, Words{"status", "--json", "-f", "a.toml"},
        Words{"--file=a.toml", "status", "--json"}}) {
    const auto arguments = ParseArguments(words);
    ASSERT_TRUE(arguments.ok()) << arguments.status();
    EXPECT_EQ(arguments->command, Command::kStatus);
    EXPECT_EQ(arguments->file, "a.toml");
    EXPECT_TRUE(arguments->json);
  }
}

TEST(ArgumentsTest, EveryCommandIsKnownAndTheFileHasADefault) {
  EXPECT_EQ(ParseArguments({"run"})->command, Command::kRun);
  EXPECT_EQ(ParseArguments({"roll"})->command, Command::kRoll);
  EXPECT_EQ(ParseArguments({"check"})->command, Command::kCheck);
  EXPECT_EQ(ParseArguments({"stop"})->command, Command::kStop);
  EXPECT_EQ(ParseArguments({"stop"})->file, "fleet.toml");
}

TEST(ArgumentsTest, WhatFollowsTheDashesIsNotOurs) {
  const auto arguments =
      ParseArguments({"roll", "--detach", "--", "./server", "--json", "-f", "--", "x"});
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_TRUE(arguments->detach);
  EXPECT_FALSE(arguments->json);
  EXPECT_EQ(arguments->file, "fleet.toml");
  EXPECT_EQ(arguments->roll_command, (Words{"./server", "--json", "-f", "--", "x"}));
  EXPECT_EQ(ParseArguments({"roll"})->roll_command, std::nullopt);
}

TEST(ArgumentsTest, EveryMistakeIsOneLine) {
  EXPECT_EQ(Mistake({}), "no command given");
  EXPECT_EQ(Mistake({"rol"}), "unknown command \"rol\"; did you mean \"roll\"?");
  EXPECT_EQ(Mistake({"frobnicate"}), "unknown command \"frobnicate\"");
  EXPECT_EQ(Mistake({"status", "--jsno"}), "unknown option \"--jsno\"; did you mean \"--json\"?");
  EXPECT_EQ(Mistake({"status", "--detach"}), "only \"roll\" takes --detach");
  EXPECT_EQ(Mistake({"status", "now"}), "unexpected \"now\"");
  EXPECT_EQ(Mistake({"status", "stop"}), "more than one command given");
  EXPECT_EQ(Mistake({"roll", "./server"}),
            "unexpected \"./server\": the command of a new generation goes behind \"--\"");
  EXPECT_EQ(Mistake({"stop", "--", "x"}), "only \"roll\" takes a command");
  EXPECT_EQ(Mistake({"roll", "--"}), "there is no command behind \"--\"");
  EXPECT_EQ(Mistake({"roll", "--", ""}), "the command behind \"--\" is empty");
  EXPECT_EQ(Mistake({"run", "--json"}), "\"run\" has no --json");
  EXPECT_EQ(Mistake({"status", "-f", ""}), "--file is empty");
  EXPECT_NE(Mistake({"status", "-f"}), "no mistake");
  EXPECT_NE(Mistake({"-f", "a", "-f", "b", "status"}), "no mistake");
  EXPECT_NE(Mistake({"status", "--json=maybe"}), "no mistake");
}

TEST(ArgumentsTest, HelpIsGivenWhateverElseIsMissing) {
  EXPECT_TRUE(ParseArguments({"--help"})->help);
  EXPECT_TRUE(ParseArguments({"-h"})->help);
  EXPECT_TRUE(ParseArguments({"--version"})->version);
  const auto roll = ParseArguments({"roll", "--help"});
  EXPECT_TRUE(roll->help);
  EXPECT_EQ(roll->command, Command::kRoll);
}

TEST(ArgumentsTest, HelpFitsAnOldTerminal) {
  for (const Command command : {Command::kNone, Command::kRun, Command::kRoll, Command::kStatus,
                                Command::kCheck, Command::kStop}) {
    std::istringstream lines(HelpText(command));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  }
}

}  // namespace
}  // namespace rollport::cli
