// docs/fleet-file.md has a row for every key that the parser reads, and no other.
#include <map>
#include <regex>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "tests/tidy/documents.h"

namespace rollport::tidy {
namespace {

// What fleet_file*.cc call their tables, and where these are in the file.
const std::map<std::string, std::string> kTables = {
    {"root", ""},          {"worker", "worker."}, {"limits", "worker.limits."},
    {"health", "health."}, {"roll", "roll."},     {"step", "roll.canary[]."},
};

std::string SourceOfTheParser() {
  std::string source;
  ForEachFile({"src"}, [&](const fs::path& path) {
    const std::string name = path.filename();
    if (name.rfind("fleet_file", 0) == 0 && path.extension() == ".cc") source += Read(path);
  });
  return source;
}

// Every getter of toml_table.h is called on a table with the key as a literal; a few functions of
// the parser are given both.
std::set<std::string> KeysThatAreRead() {
  const std::string source = SourceOfTheParser();
  std::set<std::string> keys, tables;
  for (const std::smatch& call :
       Matches(source, std::regex("\\b([a-z]+)\\.([A-Z][A-Za-z]*)\\(\\s*\"([a-z_]+)\""))) {
    if (!kTables.contains(call[1])) continue;
    const std::string key = kTables.at(call[1]) + call[3].str();
    (call[2] == "Table" ? tables : keys).insert(key);
  }
  for (const std::smatch& call :
       Matches(source, std::regex("\\bRead[A-Za-z]+\\(([a-z]+),\\s*\\{?\"([a-z_]+)\""))) {
    if (kTables.contains(call[1])) keys.insert(kTables.at(call[1]) + call[2].str());
  }
  EXPECT_EQ(tables, (std::set<std::string>{"worker", "worker.limits", "health", "roll"}));
  return keys;
}

std::set<std::string> KeysThatAreDocumented() {
  std::set<std::string> keys;
  const std::string text = Read(kRoot / "docs/fleet-file.md");
  for (const std::string heading :
       {"## The fleet", "## `[worker]`", "## `[health]`", "## `[roll]`"}) {
    const std::string section = Section(text, heading);
    for (const std::smatch& row : Matches(section, std::regex("\n\\| `([a-z_.\\[\\]]+)` \\|"))) {
      EXPECT_TRUE(keys.insert(row[1]).second) << row[1] << " is there twice";
    }
  }
  return keys;
}

TEST(FleetFileDocumentTest, HasARowForEveryKeyThatTheParserReads) {
  const std::set<std::string> read = KeysThatAreRead();
  EXPECT_GT(read.size(), 40U);
  EXPECT_EQ(KeysThatAreDocumented(), read);
}

}  // namespace
}  // namespace rollport::tidy
