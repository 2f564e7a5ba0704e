#include "httpd/conditional.h"

#include <gtest/gtest.h>

namespace rollport::httpd {
namespace {

constexpr char kTag[] = "\"a-1\"";
constexpr char kModified[] = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr char kEarlier[] = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr char kLater[] = "Sun, 06 Nov 1994 08:49:38 GMT";
constexpr Validators kFile{kTag, 784111777};

struct ConditionalCase {
  const char* if_match;
  const char* if_unmodified_since;
  const char* if_none_match;
  const char* if_modified_since;
  Verdict verdict;
};

std::optional<std::string_view> Field(const char* value) {
  return value == nullptr ? std::nullopt : std::optional<std::string_view>(value);
}

class Condition : public testing::TestWithParam<ConditionalCase> {};

TEST_P(Condition, IsEvaluatedInTheOrderOfRfc9110) {
  const ConditionalCase& c = GetParam();
  const Conditions conditions{Field(c.if_match), Field(c.if_unmodified_since),
                              Field(c.if_none_match), Field(c.if_modified_since)};
  EXPECT_EQ(Evaluate(conditions, kFile), c.verdict);
}

INSTANTIATE_TEST_SUITE_P(All, Condition,
                         testing::ValuesIn<ConditionalCase>({
                             {nullptr, nullptr, nullptr, nullptr, Verdict::kSend},
                             {kTag, nullptr, nullptr, nullptr, Verdict::kSend},
                             {"*", nullptr, nullptr, nullptr, Verdict::kSend},
                             {"\"x\"", nullptr, nullptr, nullptr, Verdict::kPreconditionFailed},
                             // Strong comparison.
                             {"W/\"a-1\"", nullptr, nullptr, nullptr, Verdict::kPreconditionFailed},
                             {"\"x\", \"a-1\"", nullptr, nullptr, nullptr, Verdict::kSend},
                             {nullptr, kModified, nullptr, nullptr, Verdict::kSend},
                             {nullptr, kEarlier, nullptr, nullptr, Verdict::kPreconditionFailed},
                             {nullptr, "yesterday", nullptr, nullptr, Verdict::kSend},
                             // If-Match goes before If-Unmodified-Since.
                             {kTag, kEarlier, nullptr, nullptr, Verdict::kSend},
                             {nullptr, nullptr, kTag, nullptr, Verdict::kNotModified},
                             {nullptr, nullptr, "*", nullptr, Verdict::kNotModified},
                             {nullptr, nullptr, "W/\"a-1\"", nullptr, Verdict::kNotModified},
                             {nullptr, nullptr, "\"x\",\"a-1\"", nullptr, Verdict::kNotModified},
                             {nullptr, nullptr, "\"x,\\\" , \"a-1\"", nullptr,
                              Verdict::kNotModified},
                             {nullptr, nullptr, "\"x\"", nullptr, Verdict::kSend},
                             {nullptr, nullptr, "a-1", nullptr, Verdict::kSend},
                             {nullptr, nullptr, "\"a-1", nullptr, Verdict::kSend},
                             {nullptr, nullptr, "", nullptr, Verdict::kSend},
                             {nullptr, nullptr, nullptr, kModified, Verdict::kNotModified},
                             {nullptr, nullptr, nullptr, kLater, Verdict::kNotModified},
                             {nullptr, nullptr, nullptr, kEarlier, Verdict::kSend},
                             {nullptr, nullptr, nullptr, "yesterday", Verdict::kSend},
                             // If-None-Match goes before If-Modified-Since.
                             {nullptr, nullptr, "\"x\"", kLater, Verdict::kSend},
                             {nullptr, nullptr, kTag, kEarlier, Verdict::kNotModified},
                             // A failed If-Match goes before all.
                             {"\"x\"", nullptr, kTag, kLater, Verdict::kPreconditionFailed},
                             {kTag, nullptr, kTag, nullptr, Verdict::kNotModified},
                         }));

TEST(RangeStillHolds, OnlyForTheVeryFile) {
  const int64_t now = kFile.modified_seconds + 1;
  EXPECT_TRUE(RangeStillHolds(kTag, kFile, now));
  EXPECT_FALSE(RangeStillHolds("\"x\"", kFile, now));
  EXPECT_FALSE(RangeStillHolds("W/\"a-1\"", kFile, now));
  EXPECT_TRUE(RangeStillHolds(kModified, kFile, now));
  EXPECT_FALSE(RangeStillHolds(kLater, kFile, now));
  EXPECT_FALSE(RangeStillHolds(kEarlier, kFile, now));
  EXPECT_FALSE(RangeStillHolds("", kFile, now));
  EXPECT_FALSE(RangeStillHolds("\"x\", \"a-1\"", kFile, now)) << "no list";
}

TEST(RangeStillHolds, NotByADateWithinWhichTheFileMayChangeAgain) {
  for (const int64_t now : {kFile.modified_seconds, kFile.modified_seconds - 100}) {
    EXPECT_FALSE(RangeStillHolds(kModified, kFile, now)) << now;
    EXPECT_TRUE(RangeStillHolds(kTag, kFile, now)) << now;
  }
}

TEST(MakeEntityTag, TellsFilesApart) {
  EXPECT_EQ(MakeEntityTag(10, 255), "\"a-ff\"");
  EXPECT_NE(MakeEntityTag(10, 255), MakeEntityTag(10, 256));
  EXPECT_NE(MakeEntityTag(10, 255), MakeEntityTag(11, 255));
}

}  // namespace
}  // namespace rollport::httpd
