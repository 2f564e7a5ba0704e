#include "base/utf8.h"

#include <string>

#include "gtest/gtest.h"

namespace rollport {
namespace {

TEST(Utf8Test, TellsCharactersFromOtherBytes) {
  for (const char* text : {"", "a\x7f", "\xc2\x80\xdf\xbf", "\xe0\xa0\x80\xef\xbf\xbf",
                           "\xed\x9f\xbf\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
    EXPECT_EQ(ToUtf8(text), text);
  }
  for (const char* text :
       {"\x80", "\xbf", "\xc0\xaf", "\xc1\x81", "\xc2", "\xc2 ", "\xe0\x9f\xbf", "\xe0\xa0",
        "\xed\xa0\x80", "\xef\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xff", "\xf0\x90\x80", "a\xe9"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
    EXPECT_TRUE(IsUtf8(ToUtf8(text))) << text;
  }
  EXPECT_EQ(ToUtf8("caf\xe9!\xc3"), "caf\xef\xbf\xbd!\xef\xbf\xbd");
}

TEST(Utf8Test, TellsTheCodePointOfACharacter) {
  EXPECT_EQ(Utf8Code("\x7f"), 0x7fU);
  EXPECT_EQ(Utf8Code("\xc2\x80"), 0x80U);
  EXPECT_EQ(Utf8Code("\xdf\xbf"), 0x7ffU);
  EXPECT_EQ(Utf8Code("\xef\xbf\xbd"), 0xfffdU);
  EXPECT_EQ(Utf8Code("\xf4\x8f\xbf\xbf"), 0x10ffffU);
}

TEST(Utf8Test, APrefixEndsBetweenTwoCharacters) {
  EXPECT_EQ(Utf8Prefix("größe", 9), "größe");
  EXPECT_EQ(Utf8Prefix("größe", 4), "grö");
  EXPECT_EQ(Utf8Prefix("größe", 3), "gr");
  EXPECT_EQ(Utf8Prefix("\xff\xff\xff", 2), "\xff\xff");
  EXPECT_EQ(Utf8Prefix("größe", 0), "");
}

}  // namespace
}  // namespace rollport
