// The scripts, run by the shells they are for.
#include "cli/completions.h"

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/command_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace rollport::cli {
namespace {

using testing::ElementsAre;
using testing::IsSupersetOf;

class CompletionsTest : public testing::Test {
 protected:
  // The script of `shell`, as a file.
  std::string Script(const std::string& shell) {
    const std::string path = dir_.path() + "/" + shell;
    std::ofstream(path) << Completions(shell);
    return path;
  }
  // What a command prints, with "failed" at its end if it fails.
  static std::string Output(const std::string& command) {
    std::string text;
    FILE* pipe = popen(command.c_str(), "r");
    char buffer[4096];
    while (const size_t n = fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, n);
    return pclose(pipe) == 0 ? text : text + "failed";
  }
  // What bash would offer for the last of these words.
  std::vector<std::string> Offers(const std::vector<std::string>& words) {
    std::string quoted;
    for (const std::string& word : words) absl::StrAppend(&quoted, " '", word, "'");
    std::ofstream(dir_ / "ask") << "source " << Script("bash") << "\ncd " << dir_.path()
                                << "\nCOMP_WORDS=(" << quoted
                                << ")\nCOMP_CWORD=" << words.size() - 1
                                << "\n_rollport\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    return absl::StrSplit(Output(absl::StrCat("bash --norc ", dir_ / "ask", " 2>&1")), '\n',
                          absl::SkipEmpty());
  }

  TempDir dir_;
};

TEST_F(CompletionsTest, BashOffersEveryCommand) {
  EXPECT_THAT(Offers({"rollport", ""}), IsSupersetOf(CommandNames()));
  EXPECT_THAT(Offers({"rollport", "re"}), ElementsAre("resume", "restart"));
  EXPECT_THAT(Offers({"rollport", "-f", "site.toml", "re"}), ElementsAre("resume", "restart"));
  EXPECT_THAT(Offers({"rollport", "help", "und"}), ElementsAre("undo"));
}

TEST_F(CompletionsTest, BashOffersWhatACommandTakesAndNothingElse) {
  for (const CommandSpec& spec : kCommands) {
    if (spec.command == Command::kHelp) continue;
    EXPECT_EQ(Offers({"rollport", spec.name, "--"}), OptionNames(spec)) << spec.name;
  }
  EXPECT_THAT(Offers({"rollport", "completions", "f"}), ElementsAre("fish"));
  EXPECT_THAT(Offers({"rollport", "roll", "--canary", "5"}), ElementsAre("5%", "50%"));
  EXPECT_THAT(Offers({"rollport", "run", "--log-format", ""}),
              ElementsAre("text", "json", "logfmt"));
}

TEST_F(CompletionsTest, BashOffersFilesIfAFileIsMeant) {
  std::ofstream(dir_ / "site.toml") << "";
  EXPECT_THAT(Offers({"rollport", "status", "-f", "si"}), ElementsAre("site.toml"));
  EXPECT_THAT(Offers({"rollport", "roll", "--", "si"}), ElementsAre("site.toml"));
}

TEST_F(CompletionsTest, EachShellThatIsHereCanReadItsScript) {
  for (const char* shell : kShells) {
    if (Output(absl::StrCat("command -v ", shell, " || true")).empty()) continue;
    EXPECT_EQ(Output(absl::StrCat(shell, " -n ", Script(shell), " 2>&1")), "") << shell;
  }
}

TEST_F(CompletionsTest, ZshAndFishKnowEveryCommandAndOption) {
  for (const char* shell : {"zsh", "fish"}) {
    const std::string script = Completions(shell);
    for (const CommandSpec& spec : kCommands) EXPECT_THAT(script, testing::HasSubstr(spec.summary));
    for (const OptionSpec& option : kOptions) {
      EXPECT_THAT(script, testing::HasSubstr(std::string(option.name).substr(2)));
    }
  }
}

}  // namespace
}  // namespace rollport::cli
