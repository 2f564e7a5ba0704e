#include "cli/top_graph.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TopGraphTest, TheGreatestFillsTheHeightAndTheNewestIsAtTheRight) {
  EXPECT_THAT(GraphOf({1, 2, 4}, 5, 2, false), ElementsAre("    #", "  ###"));
  EXPECT_THAT(GraphOf({9, 1, 2, 4}, 3, 4, false), ElementsAre("  #", "  #", " ##", "###"));
}

TEST(TopGraphTest, BlocksHaveEighths) {
  EXPECT_THAT(GraphOf({1, 4, 8}, 3, 1, true), ElementsAre("\u2581\u2584\u2588"));
}

TEST(TopGraphTest, WhatIsAboveNothingIsVisible) {
  EXPECT_THAT(GraphOf({0, 0.001, 1000}, 3, 1, true), ElementsAre(" \u2581\u2588"));
  EXPECT_THAT(GraphOf({0, 0}, 2, 1, false), ElementsAre("  "));
}

TEST(TopGraphTest, WithoutRoomOrValuesThereIsNone) {
  EXPECT_THAT(GraphOf({}, 10, 10, false), IsEmpty());
  EXPECT_THAT(GraphOf({1}, 10, 0, false), IsEmpty());
}

}  // namespace
}  // namespace rollport::cli
