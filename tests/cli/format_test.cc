#include "cli/format.h"

#include "gtest/gtest.h"

namespace rollport::cli {
namespace {

TEST(FormatTest, AgeHasItsTwoGreatestUnits) {
  EXPECT_EQ(Age(absl::Milliseconds(900)), "0s");
  EXPECT_EQ(Age(absl::Seconds(59)), "59s");
  EXPECT_EQ(Age(absl::Seconds(75)), "1m15s");
  EXPECT_EQ(Age(absl::Hours(3) + absl::Minutes(20) + absl::Seconds(1)), "3h20m");
  EXPECT_EQ(Age(absl::Hours(24 * 12 + 4)), "12d4h");
}

TEST(FormatTest, SecondsHaveTwoDigits) { EXPECT_EQ(Seconds(absl::Milliseconds(1239)), "1.24 s"); }

TEST(FormatTest, KindsBecomeWords) {
  EXPECT_EQ(Words("WorkerExited"), "worker exited");
  EXPECT_EQ(Words(""), "");
}

TEST(FormatTest, WrapKeepsToTheWidthButDoesNotBreakWords) {
  EXPECT_EQ(Wrap("aa bb cc", 7, 2), "  aa bb\n  cc\n");
  EXPECT_EQ(Wrap("abcdefghij k", 5, 0), "abcdefghij\nk\n");
  EXPECT_EQ(Wrap("", 5, 0), "");
}

TEST(FormatTest, CutKeepsToOneLineAndSaysThatThereWasMore) {
  EXPECT_EQ(Cut("abcdef", 6), "abcdef");
  EXPECT_EQ(Cut("abcdefg", 6), "abc...");
  EXPECT_EQ(Cut("ab\ncd", 6), "ab...");
  EXPECT_EQ(Cut("", 6), "");
}

}  // namespace
}  // namespace rollport::cli
