// The layers' arrows: what a directory includes is what its link line allows.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace rollport {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = fs::path(ROLLPORT_SOURCE_DIR) / "src";

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Every directory below src/ that is a target of its own, as "os" or "controller/process".
std::vector<std::string> Layers() {
  std::vector<std::string> layers;
  for (const auto& entry : fs::recursive_directory_iterator(kSource)) {
    if (!entry.is_directory()) continue;
    layers.push_back(fs::relative(entry.path(), kSource));
  }
  std::sort(layers.begin(), layers.end());
  return layers;
}

// "rollport_controller_process" for "controller/process".
std::string Target(std::string layer) {
  std::replace(layer.begin(), layer.end(), '/', '_');
  return "rollport_" + layer;
}

// Every target that the layer's CMakeLists.txt names, its own among them.
std::set<std::string> Allowed(const std::string& layer) {
  const std::string text = Read(kSource / layer / "CMakeLists.txt");
  std::set<std::string> allowed = {Target(layer)};
  const std::regex name("rollport_[a-z_]+");
  for (std::sregex_iterator it(text.begin(), text.end(), name), end; it != end; ++it) {
    allowed.insert(it->str());
  }
  return allowed;
}

// The files of the directory itself: those below it belong to other layers.
template <typename F>
void ForEachFile(const std::string& layer, F f) {
  for (const auto& entry : fs::directory_iterator(kSource / layer)) {
    const std::string extension = entry.path().extension();
    if (extension == ".h" || extension == ".cc") f(entry.path(), Read(entry.path()));
  }
}

std::string NameOf(const testing::TestParamInfo<std::string>& info) {
  return Target(info.param).substr(std::string("rollport_").size());
}

class StructureTest : public testing::TestWithParam<std::string> {};

TEST_P(StructureTest, ADirectoryIsATarget) {
  const std::string text = Read(kSource / GetParam() / "CMakeLists.txt");
  const std::string name = Target(GetParam()).substr(std::string("rollport_").size());
  EXPECT_NE(text.find("rollport_layer(" + name), std::string::npos) << GetParam();
}

TEST_P(StructureTest, IncludesOnlyWhatItsLinkLineAllows) {
  const std::set<std::string> allowed = Allowed(GetParam());
  const std::regex include("#include \"([a-z_/]+)/[a-z_]+\\.h\"");
  ForEachFile(GetParam(), [&](const fs::path& path, const std::string& text) {
    for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it) {
      const std::string layer = (*it)[1];
      if (!fs::is_directory(kSource / layer)) continue;
      EXPECT_TRUE(allowed.contains(Target(layer))) << path << " includes " << it->str();
    }
  });
}

TEST_P(StructureTest, FilesAreShort) {
  ForEachFile(GetParam(), [&](const fs::path& path, const std::string& text) {
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 450) << path << ": is it still one idea?";
  });
}

INSTANTIATE_TEST_SUITE_P(Layers, StructureTest, testing::ValuesIn(Layers()), NameOf);

class PureTest : public testing::TestWithParam<std::string> {};

TEST_P(PureTest, KnowsNoSystem) {
  const std::regex system("#include <(sys|unistd|fcntl|netinet|arpa|thread|chrono|ctime|time\\.h)");
  ForEachFile(GetParam(), [&](const fs::path& path, const std::string& text) {
    EXPECT_FALSE(std::regex_search(text, system)) << path;
    EXPECT_EQ(text.find("absl::Now()"), std::string::npos) << path << " reads a clock";
  });
}

INSTANTIATE_TEST_SUITE_P(Layers, PureTest, testing::Values("rollout", "steering", "http"), NameOf);

}  // namespace
}  // namespace rollport
