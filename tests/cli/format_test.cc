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

TEST(FormatTest, FoldBreaksBetweenWordsAndKeepsSpacesWithinALine) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(Fold("slot 0   gen 2: starting", 80, 9), Lines{"slot 0   gen 2: starting"});
  EXPECT_EQ(Fold("slot 0   gen 2: starting", 15, 9), (Lines{"slot 0   gen 2:", "       starting"}));
  EXPECT_EQ(Fold("abcdefghij k", 5, 2), (Lines{"abcde", "  fgh", "  ij", "  k"}));
  EXPECT_EQ(Fold("größe größe", 5, 0), (Lines{"größe", "größe"}));
  EXPECT_EQ(Fold("", 5, 2), Lines{""});
  EXPECT_EQ(Fold("  ab cd", 4, 1), (Lines{"  ab", " cd"})) << "not after the indent";
  EXPECT_EQ(Fold("中文", 1, 0), (Lines{"中", "文"})) << "there is always progress";
}

TEST(FormatTest, CutKeepsToOneLineAndSaysThatThereWasMore) {
  EXPECT_EQ(Cut("abcdef", 6), "abcdef");
  EXPECT_EQ(Cut("abcdefg", 6), "abc...");
  EXPECT_EQ(Cut("größe ist", 6), "grö...");
  EXPECT_EQ(Cut("abcdefg", 2), "..");
  EXPECT_EQ(Cut("ab\ncd", 6), "ab...");
  EXPECT_EQ(Cut("", 6), "");
}

}  // namespace
}  // namespace rollport::cli
