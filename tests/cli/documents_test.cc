// What the documents tell people to type is what the command understands.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "cli/arguments.h"
#include "cli/command_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::cli {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = ROLLPORT_SOURCE_DIR;

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(DocumentsTest, CommandsTellsOfEveryCommandAndOption) {
  const std::string text = Read(kRoot / "docs/commands.md");
  for (const CommandSpec& spec : kCommands) {
    EXPECT_THAT(text, testing::ContainsRegex(std::string("`") + spec.name + "[` ]"));
  }
  for (const OptionSpec& option : kOptions) {
    if (option.takes == kTakesAll) continue;
    EXPECT_THAT(text, testing::HasSubstr(option.name));
  }
}

// The words behind "rollport" of each command in `text`, a line of a shell.
std::vector<std::vector<std::string>> CommandsIn(const std::string& text) {
  std::vector<std::vector<std::string>> commands;
  const std::string code = text.substr(0, text.find(" #"));
  for (const absl::string_view part : absl::StrSplit(code, absl::ByAnyChar("&|;"))) {
    std::vector<std::string> words = absl::StrSplit(part, ' ', absl::SkipWhitespace());
    if (words.empty() || words[0] != "rollport") continue;
    words.erase(words.begin());
    if (!words.empty()) commands.push_back(words);
  }
  return commands;
}

// COMMAND, N: for the reader to replace.
bool HasPlaceholder(const std::vector<std::string>& words) {
  const std::regex placeholder("[A-Z]+(\\.\\.\\.)?");
  for (const std::string& word : words) {
    if (std::regex_match(word, placeholder)) return true;
  }
  return false;
}

// The lines of its blocks ```sh, and what it has in backticks elsewhere.
std::vector<std::string> Code(const std::string& document) {
  std::vector<std::string> code;
  std::string fence;
  for (const absl::string_view line : absl::StrSplit(document, '\n')) {
    const std::string text(line);
    if (text.rfind("```", 0) == 0) {
      fence = fence.empty() ? text : "";
    } else if (fence == "```sh") {
      code.push_back(text);
    } else if (fence.empty()) {
      const std::regex inlined("`([^`]+)`");
      for (std::sregex_iterator it(text.begin(), text.end(), inlined), end; it != end; ++it) {
        code.push_back((*it)[1]);
      }
    }
  }
  return code;
}

TEST(DocumentsTest, EveryCommandThatADocumentShowsParses) {
  int found = 0;
  for (const char* folder : {".", "docs", "dashboards"}) {
    for (const auto& entry : fs::directory_iterator(kRoot / folder)) {
      if (entry.path().extension() != ".md") continue;
      for (const std::string& code : Code(Read(entry.path()))) {
        for (const std::vector<std::string>& words : CommandsIn(code)) {
          if (HasPlaceholder(words)) continue;
          const auto arguments = ParseArguments(words);
          EXPECT_TRUE(arguments.ok()) << entry.path() << ": " << code << ": " << arguments.status();
          ++found;
        }
      }
    }
  }
  EXPECT_GT(found, 20);
}

}  // namespace
}  // namespace rollport::cli
