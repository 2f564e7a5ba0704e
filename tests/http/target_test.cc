#include "http/target.h"

#include "gtest/gtest.h"

namespace rollport::http {
namespace {

TEST(TargetTest, HasFourForms) {
  struct {
    const char *target, *authority, *path, *query;
  } cases[] = {
      {"/", "", "/", ""},
      {"/a%20b?c=d?e", "", "/a%20b", "c=d?e"},
      {"/a?", "", "/a", ""},
      {"/http://x", "", "/http://x", ""},
      {"/a?b=http://x", "", "/a", "b=http://x"},
      {"http://h", "h", "/", ""},
      {"http://h?q", "h", "/", "q"},
      {"HTTPS://h:80/a?q", "h:80", "/a", "q"},
      {"http://[::1]:80/a//b", "[::1]:80", "/a//b", ""},
      {"*", "", "*", ""},
      {"", "", "", ""},
  };
  for (const auto& c : cases) {
    const TargetParts parts = SplitTarget(c.target);
    EXPECT_EQ(parts.authority, c.authority) << c.target;
    EXPECT_EQ(parts.path, c.path) << c.target;
    EXPECT_EQ(parts.query, c.query) << c.target;
  }
}

}  // namespace
}  // namespace rollport::http
