// What a comment cites is there: documents, and their headings.
#include <algorithm>
#include <regex>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/tidy/documents.h"

namespace rollport::tidy {
namespace {

bool HasHeading(const fs::path& document, const std::string& heading) {
  const std::vector<std::string> headings = Headings(Read(document));
  return std::find(headings.begin(), headings.end(), heading) != headings.end();
}

enum class Language { kSlashes, kHashes, kOther };

Language LanguageOf(const fs::path& path) {
  const std::string extension = path.extension();
  if (extension == ".cc" || extension == ".h" || extension == ".c" || extension == ".js") {
    return Language::kSlashes;
  }
  if (extension == ".py" || extension == ".txt" || extension == ".cmake" || extension == ".yml" ||
      (extension.empty() && Read(path).rfind("#!", 0) == 0)) {
    return Language::kHashes;
  }
  return Language::kOther;
}

// The comments of a file, each as one line: a citation may be broken where a line ends.
std::vector<std::string> Comments(const fs::path& path) {
  const Language language = LanguageOf(path);
  if (language == Language::kOther) return {};
  const std::regex mark(language == Language::kSlashes ? "(^|\\s)//+ ?(.*)$" : "(^|\\s)#+ ?(.*)$");
  std::vector<std::string> comments(1);
  bool docstring = false;
  for (const std::string& line : Lines(Read(path))) {
    std::smatch match;
    const auto quotes = Matches(line, std::regex("\"\"\"")).size();
    if (docstring || (language == Language::kHashes && quotes > 0)) {
      comments.back() += " " + line;
      docstring ^= quotes % 2 == 1;
    } else if (std::regex_search(line, match, mark)) {
      comments.back() += " " + match[2].str();
    } else if (!comments.back().empty()) {
      comments.emplace_back();
    }
  }
  return comments;
}

template <typename F>
void ForEachComment(F f) {
  ForEachFile({"src", "include", "tests", "tools", "dashboards", ".ci"}, [&](const fs::path& path) {
    for (const std::string& comment : Comments(path)) f(path, comment);
  });
}

// A comment cites a document by its path from the root, and may name one of its headings behind it:
// docs/design.md, "Words".
TEST(CitationsTest, EveryDocumentThatACommentCitesIsThereAndHasThatHeading) {
  const std::regex citation("([A-Za-z0-9_./-]+\\.md)\\b(?:, \"([^\"]+)\")?");
  size_t cited = 0;
  ForEachComment([&](const fs::path& path, const std::string& comment) {
    for (const std::smatch& match : Matches(comment, citation)) {
      const std::string document = match[1];
      if (document.rfind("//", 0) == 0) continue;  // of a URL
      ++cited;
      ASSERT_TRUE(fs::exists(kRoot / document)) << path << " cites " << document;
      const std::string heading = match[2];
      EXPECT_TRUE(heading.empty() || HasHeading(kRoot / document, heading))
          << path << " cites " << document << ", \"" << heading << "\"";
    }
  });
  EXPECT_GT(cited, 5U);
}

// "See the design, section 6" cannot be checked.
TEST(CitationsTest, NoCommentCitesADocumentInAnotherForm) {
  const std::regex bare("\\b(DESIGN|README|ARCHITECTURE|CONTRIBUTING|CHANGELOG)\\b(?!\\.md)");
  ForEachComment([&](const fs::path& path, const std::string& comment) {
    if (path.filename() == "citations_test.cc") return;
    EXPECT_FALSE(std::regex_search(comment, bare)) << path << ":" << comment;
  });
}

}  // namespace
}  // namespace rollport::tidy
