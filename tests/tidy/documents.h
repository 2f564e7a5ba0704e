// The repository's documents as text, for tests that hold them against the code and each other.
#ifndef ROLLPORT_TESTS_TIDY_DOCUMENTS_H_
#define ROLLPORT_TESTS_TIDY_DOCUMENTS_H_

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace rollport::tidy {

namespace fs = std::filesystem;

inline const fs::path kRoot = ROLLPORT_SOURCE_DIR;

inline std::string Read(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Every match of `pattern` in `text`, from left to right. They point into `text`.
inline std::vector<std::smatch> Matches(const std::string& text, const std::regex& pattern) {
  return {std::sregex_iterator(text.begin(), text.end(), pattern), std::sregex_iterator()};
}
std::vector<std::smatch> Matches(std::string&& text, const std::regex& pattern) = delete;

// Calls `f` with every file below these folders of the repository.
inline void ForEachFile(const std::vector<std::string>& folders,
                        const std::function<void(const fs::path&)>& f) {
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      if (entry.is_regular_file() && entry.path().string().find("__pycache__") == std::string::npos)
        f(entry.path());
    }
  }
}

// The one file of this name below src/, wherever it is.
inline std::string ReadSource(const std::string& name) {
  std::vector<fs::path> found;
  ForEachFile({"src"}, [&](const fs::path& path) {
    if (path.filename() == name) found.push_back(path);
  });
  EXPECT_EQ(found.size(), 1U) << name;
  return found.empty() ? "" : Read(found.front());
}

inline std::vector<fs::path> Documents() {
  std::vector<fs::path> documents;
  const auto add = [&](const fs::path& path) {
    if (path.extension() == ".md") documents.push_back(path);
  };
  for (const auto& entry : fs::directory_iterator(kRoot)) add(entry.path());
  ForEachFile({"docs", "dashboards"}, add);
  return documents;
}

// The text without its fenced blocks.
inline std::string Prose(const std::string& text) {
  std::string prose;
  bool fenced = false;
  for (const std::string& line : Lines(text)) {
    if (line.rfind("```", 0) == 0) {
      fenced = !fenced;
    } else if (!fenced) {
      prose += line + "\n";
    }
  }
  EXPECT_FALSE(fenced) << "a fence is not closed in: " << text.substr(0, 40);
  return prose;
}

// Between the line `heading` and the next heading of its level or above.
inline std::string Section(const std::string& text, const std::string& heading) {
  const size_t begin = text.find(heading + "\n");
  EXPECT_NE(begin, std::string::npos) << heading;
  if (begin == std::string::npos) return "";
  const size_t level = heading.find(' ');
  size_t end = begin;
  do {
    end = text.find("\n#", end + 1);
  } while (end != std::string::npos && text.find(' ', end) - end - 1 > level);
  return text.substr(begin, end == std::string::npos ? end : end - begin);
}

inline std::vector<std::string> Headings(const std::string& text) {
  std::vector<std::string> headings;
  const std::regex heading("^#{1,6} +(.*)$");
  for (const std::string& line : Lines(Prose(text))) {
    std::smatch match;
    if (std::regex_match(line, match, heading)) headings.push_back(match[1]);
  }
  return headings;
}

// What GitHub makes of a heading in a link: small letters, hyphens for blanks, no punctuation.
inline std::string Anchor(const std::string& heading) {
  std::string anchor;
  for (const char c : heading) {
    const auto u = static_cast<unsigned char>(c);
    if (std::isalnum(u) != 0 || c == '-' || c == '_') {
      anchor += static_cast<char>(std::tolower(u));
    } else if (c == ' ') {
      anchor += '-';
    }
  }
  return anchor;
}

}  // namespace rollport::tidy

#endif  // ROLLPORT_TESTS_TIDY_DOCUMENTS_H_
