#include "base/printable.h"

#include "gtest/gtest.h"

namespace rollport {
namespace {

TEST(PrintableTest, OrdinaryTextStaysAsItIs) {
  for (const char* text :
       {"", "GET /healthz\tanswered", "größer – 中文 🙂", "C:\\path \"quoted\""}) {
    EXPECT_EQ(Printable(text), text);
    EXPECT_EQ(PrintableJson(text), text);
  }
}

TEST(PrintableTest, WhatControlsATerminalIsWrittenOut) {
  EXPECT_EQ(Printable("\x1b[2J\x07\r\n\x7f"), R"(\x1b[2J\x07\x0d\x0a\x7f)");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "31m"),
            R"(\x9b31m)")
      << "CSI as one character of C1";
  EXPECT_EQ(Printable("\x9b"
                      "31m"),
            R"(\x9b31m)")
      << "and as one byte";
  EXPECT_EQ(Printable("a\u202eb\u2066c\u200fd\u2028e"), R"(a\u202eb\u2066c\u200fd\u2028e)");
  EXPECT_EQ(Printable(std::string_view("\0", 1)), R"(\x00)");
}

TEST(PrintableTest, BytesThatAreNoTextAreWrittenOutOneByOne) {
  EXPECT_EQ(Printable("\xe2\x80"), R"(\xe2\x80)") << "cut in the middle";
  EXPECT_EQ(Printable("\xf0\x80\x80\x9b[m"), R"(\xf0\x80\x80\x9b[m)") << "U+001B, overlong";
  EXPECT_EQ(Printable("\xc0\x9b\xff"), R"(\xc0\x9b\xff)");
}

TEST(PrintableTest, WhatIsPrintableStaysSo) {
  const std::string once = Printable("\x1b]0;\u202etitle\x07\xff");
  EXPECT_EQ(Printable(once), once);
}

TEST(PrintableTest, JsonKeepsItsMeaningAndItsLines) {
  EXPECT_EQ(PrintableJson("{\"a\":\"\x1b[2J\u202e\xc2\x9b\"}\n"),
            "{\"a\":\"\\u001b[2J\\u202e\\u009b\"}\n");
  EXPECT_EQ(PrintableJson("\xff"), "\xef\xbf\xbd");
}

}  // namespace
}  // namespace rollport
