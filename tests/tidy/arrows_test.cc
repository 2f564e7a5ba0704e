// The arrows that ARCHITECTURE.md lists are the ones that CMake knows, and point downward only.
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/tidy/documents.h"

namespace rollport::tidy {
namespace {

// By a layer's folder below src/, such as "controller/process": the folders of the layers that it
// may include. Every layer may include base, which is left out.
using Arrows = std::map<std::string, std::set<std::string>>;

// The lines "NAME -> A, B" of the block ```arrows, in their order.
std::vector<std::pair<std::string, std::set<std::string>>> ListedArrows() {
  const std::string text = Read(kRoot / "ARCHITECTURE.md");
  const size_t begin = text.find("```arrows\n");
  EXPECT_NE(begin, std::string::npos);
  const std::string block = text.substr(begin, text.find("\n```", begin) - begin);
  std::vector<std::pair<std::string, std::set<std::string>>> listed;
  for (const std::smatch& line : Matches(block, std::regex("([a-z_/]+) ->([^\n]*)"))) {
    std::set<std::string> to;
    const std::string names = line[2];
    for (const std::smatch& name : Matches(names, std::regex("[a-z_/]+"))) to.insert(name.str());
    listed.emplace_back(line[1], to);
  }
  EXPECT_GT(listed.size(), 10U);
  return listed;
}

struct Layer {
  std::string folder;
  std::set<std::string> targets;  // NAME of each rollport_NAME that it is linked with
};

// Of one CMakeLists.txt; by NAME of rollport_layer(NAME ...).
std::map<std::string, Layer> LayersOf(const fs::path& path) {
  const std::string text = std::regex_replace(Read(path), std::regex("#[^\n]*"), "");
  std::map<std::string, Layer> layers;
  const std::string folder = fs::relative(path.parent_path(), kRoot / "src").string();
  for (const std::smatch& call : Matches(
           text,
           std::regex("\\b(?:rollport_layer|target_link_libraries)\\(\\s*(?:rollport_)?([a-z_]+)"
                      "([^)]*)\\)"))) {
    Layer& layer = layers[call[1]];
    layer.folder = folder;
    const std::string arguments = call[2];
    for (const std::smatch& target : Matches(arguments, std::regex("rollport_([a-z_]+)"))) {
      layer.targets.insert(target[1]);
    }
  }
  return layers;
}

Arrows LinkLines() {
  std::map<std::string, Layer> layers;
  ForEachFile({"src"}, [&](const fs::path& path) {
    // src/CMakeLists.txt itself defines what a layer is, and is none.
    const bool of_a_layer = path.parent_path() != kRoot / "src";
    if (of_a_layer && path.filename() == "CMakeLists.txt") layers.merge(LayersOf(path));
  });
  Arrows arrows;
  for (const auto& [name, layer] : layers) {
    EXPECT_EQ(name, std::regex_replace(layer.folder, std::regex("/"), "_"))
        << "a layer has the name of its folder";
    std::set<std::string>& to = arrows[layer.folder];
    for (const std::string& target : layer.targets) {
      EXPECT_TRUE(layers.contains(target)) << layer.folder << ": rollport_" << target;
      if (target != "base" && layers.contains(target)) to.insert(layers[target].folder);
    }
  }
  arrows.erase("base");
  return arrows;
}

TEST(ArrowsTest, ArchitectureListsTheArrowsThatTheLinkLinesHave) {
  Arrows listed;
  for (const auto& [from, to] : ListedArrows()) listed[from] = to;
  const Arrows linked = LinkLines();
  for (const auto& [from, to] : linked) {
    EXPECT_TRUE(listed.contains(from)) << from << " is not in the list";
    EXPECT_EQ(listed[from], to) << from << " in the list, and in its CMakeLists.txt";
  }
  for (const auto& [from, to] : listed) {
    EXPECT_TRUE(linked.contains(from)) << "there is no layer " << from;
  }
}

TEST(ArrowsTest, EveryArrowPointsDownTheList) {
  std::set<std::string> above;
  for (const auto& [from, to] : ListedArrows()) {
    above.insert(from);
    for (const std::string& name : to) {
      EXPECT_FALSE(above.contains(name)) << from << " -> " << name << " points upward";
    }
  }
}

std::set<std::string> ReachedFrom(const std::string& layer) {
  std::set<std::string> reached = {layer};
  for (const auto& [from, to] : ListedArrows()) {
    if (reached.contains(from)) reached.insert(to.begin(), to.end());
  }
  return reached;
}

TEST(ArrowsTest, WorkersCommandsAndTheControllerNeverSeeEachOther) {
  for (const char* layer : {"worker", "httpd", "cli", "doctor", "load"}) {
    for (const std::string& reached : ReachedFrom(layer)) {
      EXPECT_NE(reached.substr(0, reached.find('/')), "controller") << layer;
    }
  }
  for (const std::string& reached : ReachedFrom("controller")) {
    EXPECT_THAT(reached, testing::Not(testing::AnyOf("worker", "cli", "httpd")));
  }
}

TEST(ArrowsTest, ArchitectureSaysWhatEveryLayerIs) {
  const std::string text = Read(kRoot / "ARCHITECTURE.md");
  for (const auto& [name, to] : ListedArrows()) {
    EXPECT_NE(text.find("| `src/" + name + "/` |"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace rollport::tidy
