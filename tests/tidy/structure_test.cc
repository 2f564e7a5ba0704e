// The layers' arrows: what a directory includes is what its link line allows.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace rollport {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = fs::path(ROLLPORT_SOURCE_DIR) / "src";

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Every rollport_NAME that the layer's CMakeLists.txt names, but for itself.
std::set<std::string> Allowed(const std::string& layer) {
  const std::string text = Read(kSource / layer / "CMakeLists.txt");
  std::set<std::string> allowed = {layer, "base"};
  const std::regex name("rollport_([a-z]+)");
  for (std::sregex_iterator it(text.begin(), text.end(), name), end; it != end; ++it) {
    allowed.insert((*it)[1]);
  }
  // controller/CMakeLists.txt takes these two in a loop.
  if (layer == "controller") allowed.insert({"rollout", "steering"});
  return allowed;
}

template <typename F>
void ForEachFile(const std::string& layer, F f) {
  for (const auto& entry : fs::directory_iterator(kSource / layer)) {
    const std::string extension = entry.path().extension();
    if (extension == ".h" || extension == ".cc") f(entry.path(), Read(entry.path()));
  }
}

class StructureTest : public testing::TestWithParam<std::string> {};

TEST_P(StructureTest, IncludesOnlyWhatItsLinkLineAllows) {
  const std::set<std::string> allowed = Allowed(GetParam());
  const std::regex include("#include \"([a-z]+)/");
  ForEachFile(GetParam(), [&](const fs::path& path, const std::string& text) {
    for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it) {
      const std::string target = (*it)[1];
      if (!fs::is_directory(kSource / target)) continue;
      EXPECT_TRUE(allowed.contains(target)) << path << " includes " << target;
    }
  });
}

TEST_P(StructureTest, FilesAreShort) {
  ForEachFile(GetParam(), [&](const fs::path& path, const std::string& text) {
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 450) << path << ": is it still one idea?";
  });
}

INSTANTIATE_TEST_SUITE_P(Layers, StructureTest,
                         testing::Values("base", "page", "os", "rollout", "steering", "http",
                                         "metrics", "handover", "exposition", "admin", "worker",
                                         "httpd", "load", "controller", "cli"),
                         [](const auto& info) { return info.param; });

class PureTest : public testing::TestWithParam<std::string> {};

TEST_P(PureTest, KnowsNoSystem) {
  const std::regex system("#include <(sys|unistd|fcntl|netinet|arpa|thread|chrono|ctime|time\\.h)");
  ForEachFile(GetParam(), [&](const fs::path& path, const std::string& text) {
    EXPECT_FALSE(std::regex_search(text, system)) << path;
    EXPECT_EQ(text.find("absl::Now()"), std::string::npos) << path << " reads a clock";
  });
}

INSTANTIATE_TEST_SUITE_P(Layers, PureTest, testing::Values("rollout", "steering", "http"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace rollport
