// What the documents say is what the code does.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rollout/transitions.h"

namespace rollport {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kRoot = ROLLPORT_SOURCE_DIR;

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// All that tests are called in: names of GoogleTest cases and of CTest tests.
std::string AllTests() {
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "tests")) {
    const std::string name = entry.path().filename();
    if (entry.path().extension() != ".cc" && name != "CMakeLists.txt") continue;
    all += Read(entry.path());
  }
  return all;
}

TEST(DocumentsTest, ArchitectureShowsTheTableOfStates) {
  EXPECT_THAT(Read(kRoot / "ARCHITECTURE.md"), HasSubstr(rollout::TransitionTable()));
}

TEST(DocumentsTest, TheReadmesWorkerIsTheOneThatIsBuilt) {
  EXPECT_THAT(Read(kRoot / "README.md"),
              HasSubstr("```cpp\n" + Read(kRoot / "tests/tidy/hello_worker.cc") + "```"));
}

TEST(DocumentsTest, EveryTestThatTheReadmeNamesIsThere) {
  const std::string readme = Read(kRoot / "README.md");
  const size_t begin = readme.find("## Every promise and its test");
  ASSERT_NE(begin, std::string::npos);
  const std::string part = readme.substr(begin);
  const std::string all = AllTests();
  // `suite.Fixture.Name` as ctest lists it.
  const std::regex name("`[a-z_]+\\.(?:[A-Za-z]+/)?([A-Za-z]+)\\.([A-Za-z0-9]+)[^`]*`");
  int found = 0;
  for (std::sregex_iterator it(part.begin(), part.end(), name), end; it != end; ++it, ++found) {
    const std::regex definition("TEST(_[FP])?\\(" + (*it)[1].str() + ",\\s*" + (*it)[2].str() +
                                "\\)");
    EXPECT_TRUE(std::regex_search(all, definition)) << it->str();
  }
  EXPECT_GE(found, 8);
}

}  // namespace
}  // namespace rollport
