#include "httpd/url_path.h"

#include <gtest/gtest.h>

namespace rollport::httpd {
namespace {

struct PathCase {
  const char* path;
  const char* relative;
  bool is_folder;
};

class ServedPath : public testing::TestWithParam<PathCase> {};

TEST_P(ServedPath, IsDecodedAndNormal) {
  const FilePath path = ParseUrlPath(GetParam().path);
  EXPECT_EQ(path.error, PathError::kNone);
  EXPECT_EQ(path.relative, GetParam().relative);
  EXPECT_EQ(path.is_folder, GetParam().is_folder);
}

INSTANTIATE_TEST_SUITE_P(All, ServedPath,
                         testing::ValuesIn<PathCase>({
                             {"/", "", true},
                             {"//", "", true},
                             {"/a", "a", false},
                             {"/a/", "a", true},
                             {"//a///b", "a/b", false},
                             {"/a/./b", "a/b", false},
                             {"/a/../b", "b", false},
                             {"/a/b/../..", "", true},
                             {"/a/b/.", "a/b", true},
                             {"/a/%2e%2E/b", "b", false},
                             {"/a%20b/c%2Bd", "a b/c+d", false},
                             {"/%C3%A4.txt", "\xC3\xA4.txt", false},
                             {"/a%25b", "a%b", false},
                             {"/a%252e%252e", "a%2e%2e", false},
                             {"/a%5C..%5Cb", "a\\..\\b", false},
                             {"/.well-known/security.txt", ".well-known/security.txt", false},
                             {"/a..b/c.", "a..b/c.", false},
                         }));

struct ErrorCase {
  const char* path;
  PathError error;
};

class RefusedPath : public testing::TestWithParam<ErrorCase> {};

TEST_P(RefusedPath, SaysWhy) { EXPECT_EQ(ParseUrlPath(GetParam().path).error, GetParam().error); }

INSTANTIATE_TEST_SUITE_P(All, RefusedPath,
                         testing::ValuesIn<ErrorCase>({
                             {"", PathError::kMalformed},
                             {"a", PathError::kMalformed},
                             {"*", PathError::kMalformed},
                             {"/..", PathError::kMalformed},
                             {"/../etc/passwd", PathError::kMalformed},
                             {"/a/../../b", PathError::kMalformed},
                             {"/%2e%2e/b", PathError::kMalformed},
                             {"/.%2e/b", PathError::kMalformed},
                             {"/a%00.txt", PathError::kMalformed},
                             {"/a%", PathError::kMalformed},
                             {"/a%4", PathError::kMalformed},
                             {"/a%zz", PathError::kMalformed},
                             {"/a%2fb", PathError::kHidden},
                             {"/..%2fb", PathError::kHidden},
                             {"/.git/config", PathError::kHidden},
                             {"/%2egit/config", PathError::kHidden},
                             {"/a/.htaccess", PathError::kHidden},
                             {"/...", PathError::kHidden},
                             {"/.git/../../b", PathError::kMalformed},
                         }));

TEST(ParseUrlPath, ForgetsWhatItsResultHeldBefore) {
  FilePath path;
  ParseUrlPath("/../x/", &path);
  ParseUrlPath("/b", &path);
  EXPECT_EQ(path.error, PathError::kNone);
  EXPECT_EQ(path.relative, "b");
  EXPECT_FALSE(path.is_folder);
}

TEST(EncodeUrlPath, TurnsBackWhatWasDecoded) {
  EXPECT_EQ(EncodeUrlPath(""), "/");
  EXPECT_EQ(EncodeUrlPath("a b/c"), "/a%20b/c");
  EXPECT_EQ(EncodeUrlPath("100%?#\"\r\n"), "/100%25%3F%23%22%0D%0A");
  for (const char* path : {"/a%20b/c", "/%C3%A4/%25"}) {
    EXPECT_EQ(EncodeUrlPath(ParseUrlPath(path).relative), path);
  }
  // "//evil.example/" as a Location would lead to another host.
  EXPECT_EQ(EncodeUrlPath(ParseUrlPath("//evil.example").relative), "/evil.example");
}

}  // namespace
}  // namespace rollport::httpd
