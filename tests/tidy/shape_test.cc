// The form of classes: a header shows more than it hides, and no class keeps too many things.
//
// It goes by the layout that clang-format gives: a class begins and ends at one indentation, its
// members stand two blanks further in.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace rollport {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = ROLLPORT_SOURCE_DIR;

struct Class {
  std::string name;
  size_t indent = 0;
  bool hidden = false;  // the section under way is private or protected
  int members = 0;
};

struct Shape {
  int shown = 0;   // lines of public sections, comments too
  int hidden = 0;  // lines of all others
  std::vector<Class> classes;
};

// The first line of a statement that declares a data member: "name_;", "name_ = …;", "name_{…};".
bool IsMember(const std::string& statement) {
  static const std::regex member(R"(\b\w+_\s*(=.*|\{.*\})?;(\s*//.*)?$)");
  static const std::regex other(R"(^\s*(//|using|friend|static|return|explicit|virtual|#))");
  return !std::regex_search(statement, other) && std::regex_search(statement, member);
}

Shape ShapeOf(const fs::path& path) {
  static const std::regex begins(R"(^(\s*)(class|struct) (\w+)[^;]*\{$)");
  static const std::regex section(R"(^\s*(public|protected|private):)");
  Shape shape;
  std::vector<Class> open;
  std::ifstream file(path);
  std::string statement;
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (std::regex_search(line, match, begins)) {
      open.push_back({.name = match[3],
                      .indent = static_cast<size_t>(match[1].length()),
                      .hidden = match[2] == "class"});
      continue;
    }
    if (open.empty() || line.empty()) continue;
    Class& current = open.back();
    if (line.find_first_not_of(' ') == current.indent && line.find("};") != line.npos) {
      shape.classes.push_back(current);
      open.pop_back();
      continue;
    }
    if (std::regex_search(line, match, section)) {
      current.hidden = match[1] != "public";
      continue;
    }
    const bool hidden =
        std::any_of(open.begin(), open.end(), [](const Class& c) { return c.hidden; });
    ++(hidden ? shape.hidden : shape.shown);
    // A member may be broken over lines, which are then further in.
    const bool goes_on = line.find_first_not_of(' ') > current.indent + 2;
    statement = goes_on ? statement + line : line;
    current.members += IsMember(statement) ? 1 : 0;
  }
  return shape;
}

std::vector<fs::path> Headers() {
  std::vector<fs::path> headers;
  for (const char* folder : {"src", "include"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      if (entry.path().extension() == ".h") headers.push_back(entry.path());
    }
  }
  return headers;
}

TEST(ShapeTest, APrivatePartIsAtMostHalfAsLongAgainAsThePublicOne) {
  for (const fs::path& path : Headers()) {
    const Shape shape = ShapeOf(path);
    EXPECT_LE(2 * shape.hidden, 3 * shape.shown) << path;
  }
}

TEST(ShapeTest, AClassHasAtMostFifteenDataMembers) {
  int classes = 0;
  for (const fs::path& path : Headers()) {
    for (const Class& found : ShapeOf(path).classes) {
      ++classes;
      EXPECT_LE(found.members, 15) << path << ": " << found.name;
    }
  }
  // Or it would find nothing.
  EXPECT_GT(classes, 100);
}

}  // namespace
}  // namespace rollport
