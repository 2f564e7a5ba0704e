#include "cli/columns.h"

#include "gtest/gtest.h"

namespace rollport::cli {
namespace {

TEST(ColumnsTest, ACharacterTakesAsMuchAsATerminalShows) {
  EXPECT_EQ(Columns("abc"), 3);
  EXPECT_EQ(Columns("größe"), 5);
  EXPECT_EQ(Columns("中文"), 4);
  EXPECT_EQ(Columns("🙂"), 2);
  EXPECT_EQ(Columns("e\u0301"), 1) << "combined";
  EXPECT_EQ(Columns(""), 0);
}

TEST(ColumnsTest, NoCharacterIsCut) {
  EXPECT_EQ(FittingBytes("größe", 3), 4U);
  EXPECT_EQ(FittingBytes("中文", 3), 3U);
  EXPECT_EQ(FittingBytes("e\u0301x", 1), 3U);
  EXPECT_EQ(FittingBytes("abc", 10), 3U);
}

TEST(ColumnsTest, PaddingCountsColumns) {
  EXPECT_EQ(PadRight("ö", 3), "ö  ");
  EXPECT_EQ(PadLeft("ö", 3), "  ö");
  EXPECT_EQ(PadLeft("long", 3), "long");
}

}  // namespace
}  // namespace rollport::cli
