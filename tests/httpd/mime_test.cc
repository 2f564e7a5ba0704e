#include "httpd/mime.h"

#include <gtest/gtest.h>

namespace rollport::httpd {
namespace {

TEST(MimeType, GoesByTheLastSuffix) {
  EXPECT_EQ(MimeType("index.html"), "text/html; charset=utf-8");
  EXPECT_EQ(MimeType("a/b.c/app.min.js"), "text/javascript; charset=utf-8");
  EXPECT_EQ(MimeType("LOGO.PNG"), "image/png");
  EXPECT_EQ(MimeType("x.7z"), "application/x-7z-compressed");
  EXPECT_EQ(MimeType("x.zst"), "application/zstd");
  EXPECT_EQ(MimeType("site.webmanifest"), "application/manifest+json");
}

TEST(MimeType, IsBytesForAnUnknownSuffix) {
  for (const char* name : {"README", "a.b/README", "x.", "x.htmlx", "x.a-very-long-suffix", ""}) {
    EXPECT_EQ(MimeType(name), "application/octet-stream") << name;
  }
}

}  // namespace
}  // namespace rollport::httpd
