#include "base/recent_texts.h"

#include "gtest/gtest.h"

namespace rollport {
namespace {

TEST(RecentTextsTest, TheSameTextIsNewsAgainAfterAWhile) {
  RecentTexts texts(absl::Seconds(60));
  const Instant begin;
  EXPECT_TRUE(texts.IsNews(begin, "a"));
  EXPECT_FALSE(texts.IsNews(begin, "a"));
  EXPECT_TRUE(texts.IsNews(begin, "b"));
  EXPECT_FALSE(texts.IsNews(begin + absl::Seconds(60), "a"));
  EXPECT_TRUE(texts.IsNews(begin + absl::Seconds(61), "a"));
  EXPECT_FALSE(texts.IsNews(begin + absl::Seconds(62), "a"));
}

}  // namespace
}  // namespace rollport
