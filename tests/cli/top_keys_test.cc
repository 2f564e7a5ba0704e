#include "cli/top_keys.h"

#include "gtest/gtest.h"

namespace rollport::cli {
namespace {

TEST(TopKeysTest, KeysScroll) {
  TopView view{.page = 10};
  EXPECT_FALSE(PressKeys("jj\033[B\033OB", &view));
  EXPECT_EQ(view.scroll, 4);
  PressKeys("k\033[A", &view);
  EXPECT_EQ(view.scroll, 2);
  PressKeys(" \033[6~", &view);
  EXPECT_EQ(view.scroll, 22);
  PressKeys("b\033[5~", &view);
  EXPECT_EQ(view.scroll, 2);
  PressKeys("G", &view);
  EXPECT_GT(view.scroll, 1'000'000);
  PressKeys("j\033[F", &view);
  EXPECT_GT(view.scroll, 1'000'000);
  PressKeys("\033[H", &view);
  EXPECT_EQ(view.scroll, 0);
}

TEST(TopKeysTest, KeysSort) {
  TopView view;
  PressKeys("r", &view);
  EXPECT_EQ(view.order, TopOrder::kRequests);
  PressKeys("li", &view);
  EXPECT_EQ(view.order, TopOrder::kLatency);
  EXPECT_TRUE(view.invert);
  PressKeys("si", &view);
  EXPECT_EQ(view.order, TopOrder::kSlot);
  EXPECT_FALSE(view.invert);
}

TEST(TopKeysTest, AnyKeyLeavesTheHelpAndQQuits) {
  TopView view;
  EXPECT_FALSE(PressKeys("?", &view));
  EXPECT_TRUE(view.help);
  EXPECT_FALSE(PressKeys("r", &view));
  EXPECT_FALSE(view.help);
  EXPECT_EQ(view.order, TopOrder::kSlot) << "it only left the help";
  PressKeys("h", &view);
  EXPECT_TRUE(view.help);
  EXPECT_TRUE(PressKeys("q", &view));
}

TEST(TopKeysTest, UnknownSequencesMeanNothing) {
  TopView view;
  EXPECT_FALSE(PressKeys("\033[15~qqq", &view));
  EXPECT_FALSE(PressKeys(std::string_view("\0\x01", 2), &view));
  EXPECT_EQ(view.scroll, 0);
}

}  // namespace
}  // namespace rollport::cli
