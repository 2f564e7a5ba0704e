// What a document refers to is there: documents, headings, files.
#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/tidy/documents.h"

namespace rollport::tidy {
namespace {

bool HasAnchor(const fs::path& document, const std::string& anchor) {
  const std::vector<std::string> headings = Headings(Read(document));
  return std::any_of(headings.begin(), headings.end(),
                     [&](const std::string& heading) { return Anchor(heading) == anchor; });
}

TEST(LinksTest, EveryLinkOfADocumentLeadsSomewhere) {
  size_t links = 0;
  for (const fs::path& document : Documents()) {
    const std::string prose = Prose(Read(document));
    for (const std::smatch& match : Matches(prose, std::regex("\\]\\(([^)\\s]+)\\)"))) {
      const std::string link = match[1];
      if (link.find("://") != std::string::npos) continue;
      ++links;
      const size_t hash = link.find('#');
      const std::string path = link.substr(0, hash);
      const fs::path target = path.empty() ? document : document.parent_path() / path;
      EXPECT_TRUE(fs::exists(target)) << document << ": " << link;
      if (hash == std::string::npos || !fs::exists(target)) continue;
      EXPECT_TRUE(HasAnchor(target, link.substr(hash + 1))) << document << ": " << link;
    }
  }
  EXPECT_GT(links, 50U);
}

// `token` as a document writes it: a file or a folder, perhaps without ".h" or ".cc", perhaps with
// a "*" at its end, below one of `bases`.
bool IsThere(const std::string& token, const std::vector<fs::path>& bases) {
  const bool prefix = token.back() == '*';
  const fs::path path = prefix ? token.substr(0, token.size() - 1) : token;
  return std::any_of(bases.begin(), bases.end(), [&](const fs::path& base) {
    const fs::path whole = base / path;
    if (!prefix) {
      return fs::exists(whole) || fs::exists(whole.string() + ".h") ||
             fs::exists(whole.string() + ".cc");
    }
    if (!fs::is_directory(whole.parent_path())) return false;
    const auto entries = fs::directory_iterator(whole.parent_path());
    return std::any_of(begin(entries), end(entries), [&](const fs::directory_entry& entry) {
      return entry.path().filename().string().rfind(whole.filename().string(), 0) == 0;
    });
  });
}

// `src/os/packets.h`; in ARCHITECTURE.md also `os/packets`, from src/ on.
TEST(LinksTest, EveryFileThatADocumentNamesIsThere) {
  const std::set<std::string> top = {"src", "include", "tests", "tools", "docs", "dashboards"};
  std::set<std::string> layers;
  for (const auto& entry : fs::directory_iterator(kRoot / "src")) {
    if (entry.is_directory()) layers.insert(entry.path().filename());
  }
  const std::regex token("`([a-z_]+)(/[A-Za-z0-9_./-]+\\*?)(?: [^`]*)?`");
  for (const fs::path& document : Documents()) {
    const bool of_layers = document.filename() == "ARCHITECTURE.md";
    const std::string prose = Prose(Read(document));
    for (const std::smatch& match : Matches(prose, token)) {
      const std::string name = match[1].str() + match[2].str();
      if (top.contains(match[1])) {
        EXPECT_TRUE(IsThere(name, {kRoot})) << document << ": " << name;
      } else if (of_layers && layers.contains(match[1])) {
        EXPECT_TRUE(IsThere(name, {kRoot / "src"})) << document << ": " << name;
      }
    }
  }
}

}  // namespace
}  // namespace rollport::tidy
