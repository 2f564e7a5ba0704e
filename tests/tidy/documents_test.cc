// What the documents say is what the code does.
#include "tests/tidy/documents.h"

#include <regex>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rollout/transitions.h"

namespace rollport::tidy {
namespace {

using testing::HasSubstr;

// "Fixture.Name" of each GoogleTest case, and "suite.name" of each other test of CTest's.
std::set<std::string> AllTests() {
  const std::regex test("TEST(?:_[FP])?\\((\\w+),\\s*(\\w+)\\)"), other("NAME (\\w+\\.\\w+)");
  std::set<std::string> all;
  ForEachFile({"tests"}, [&](const fs::path& path) {
    if (path.extension() != ".cc" && path.filename() != "CMakeLists.txt") return;
    const std::string text = Read(path);
    for (const std::smatch& match : Matches(text, test)) {
      all.insert(match[1].str() + "." + match[2].str());
    }
    for (const std::smatch& match : Matches(text, other)) all.insert(match[1]);
  });
  return all;
}

TEST(DocumentsTest, ArchitectureShowsTheTableOfStates) {
  EXPECT_THAT(Read(kRoot / "ARCHITECTURE.md"), HasSubstr(rollout::TransitionTable()));
}

// The items of a list, each with the lines that belong to it.
std::vector<std::string> Items(const std::string& list) {
  std::vector<std::string> items;
  for (const std::string& line : Lines(list)) {
    if (line.rfind("- ", 0) == 0) {
      items.push_back(line.substr(2));
    } else if (line.rfind("  ", 0) == 0 && !items.empty()) {
      items.back() += line;
    }
  }
  return items;
}

TEST(DocumentsTest, NoDecisionHasMoreThanEightyWords) {
  const std::vector<std::string> decisions =
      Items(Section(Read(kRoot / "ARCHITECTURE.md"), "## Decisions, and what was rejected"));
  EXPECT_GT(decisions.size(), 15U);
  for (const std::string& decision : decisions) {
    EXPECT_LE(Matches(decision, std::regex("\\S+")).size(), 80U) << decision;
  }
}

TEST(DocumentsTest, TheReadmeIsShort) { EXPECT_LE(Lines(Read(kRoot / "README.md")).size(), 150U); }

TEST(DocumentsTest, TheReadmesWorkerIsTheOneThatIsBuilt) {
  EXPECT_THAT(Read(kRoot / "README.md"),
              HasSubstr("```cpp\n" + Read(kRoot / "tests/tidy/hello_worker.cc") + "```"));
}

TEST(DocumentsTest, EveryTestThatADocumentNamesIsThere) {
  const std::set<std::string> all = AllTests();
  // As ctest lists it, `suite.Fixture.Name`, with the names of instances around it, or
  // `suite.name`.
  const std::regex name("`[a-z_]+\\.(?:\\w+/)?([A-Z]\\w+\\.\\w+)[^`]*`");
  const std::regex other("\\| `([a-z]+\\.[a-z]+)` \\|");
  size_t found = 0;
  for (const char* document : {"docs/promises.md", "docs/servers.md", "docs/figures.md"}) {
    const std::string text = Read(kRoot / document);
    for (const std::regex& pattern : {name, other}) {
      for (const std::smatch& match : Matches(text, pattern)) {
        EXPECT_TRUE(all.contains(match[1])) << document << " names " << match.str();
        ++found;
      }
    }
  }
  EXPECT_GE(found, 60U);
}

// A row of a promise without a test would be a promise that nothing shows.
TEST(DocumentsTest, EveryPromiseNamesATest) {
  size_t rows = 0;
  for (const std::string& line : Lines(Read(kRoot / "docs/promises.md"))) {
    if (line.rfind("| ", 0) != 0 || line == "| promise | test |") continue;
    EXPECT_TRUE(std::regex_search(line, std::regex("\\| `[a-z_]+\\.[^`]+` \\|$"))) << line;
    ++rows;
  }
  EXPECT_GE(rows, 50U);
}

TEST(DocumentsTest, FormatsNamesTheVersionsThatTheCodeHas) {
  const std::string formats = Read(kRoot / "docs/formats.md");
  const auto version = [](const std::string& file, const std::string& constant) {
    std::smatch match;
    const std::string text = ReadSource(file);
    EXPECT_TRUE(std::regex_search(text, match, std::regex(constant + " = ([0-9]+);"))) << file;
    return match.empty() ? "" : match[1].str();
  };
  EXPECT_THAT(formats, HasSubstr("present\nversion is " +
                                 version("worker_page.h", "kWorkerPageVersion") + "."));
  EXPECT_THAT(formats,
              HasSubstr("| `version` | " + version("fleet_record_fields.h", "kVersion") + " |"));
}

TEST(DocumentsTest, FormatsNamesEveryFieldOfTheFleetsRecord) {
  const std::string section = Section(Read(kRoot / "docs/formats.md"), "## `fleet.state`");
  const std::string fields = ReadSource("fleet_record_fields.h");
  const std::vector<std::smatch> keys = Matches(fields, std::regex("v\\(\"([a-z_]+)\""));
  EXPECT_GT(keys.size(), 50U);
  for (const std::smatch& key : keys) {
    const std::string quoted = "`" + key[1].str() + "`";
    EXPECT_NE(section.find(quoted), std::string::npos) << quoted;
  }
}

TEST(DocumentsTest, OperationsListsTheEventsThatThereAre) {
  std::set<std::string> listed, there;
  for (const std::string& line : Lines(Section(Read(kRoot / "docs/operations.md"), "## Logs"))) {
    if (line.rfind("| `", 0) != 0) continue;
    const std::string first = line.substr(0, line.find(" | "));
    for (const std::smatch& kind : Matches(first, std::regex("`(\\w+)`"))) listed.insert(kind[1]);
  }
  const std::string kinds = ReadSource("event_kinds.h");
  for (const std::smatch& kind : Matches(kinds, std::regex("\\] = \"(\\w+)\";"))) {
    there.insert(kind[1]);
  }
  EXPECT_GT(there.size(), 20U);
  EXPECT_EQ(listed, there);
}

}  // namespace
}  // namespace rollport::tidy
