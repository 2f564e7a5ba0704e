#include "cli/top_text.h"

#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/api/fake_fleet_control.h"

namespace rollport::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TopTextTest : public testing::Test {
 protected:
  // A fleet of this many workers, all alike.
  void Grow(int workers) {
    view_.status.workers.resize(1);
    for (int slot = 1; slot < workers; ++slot) {
      view_.status.workers.push_back(view_.status.workers[0]);
      view_.status.workers.back().slot = slot;
    }
  }

  std::ostringstream out_;
  Console console_{out_, out_};
  TopView view_{.status = api::SteadyStatus(), .clock = "12:34:56"};
};

TEST_F(TopTextTest, AFleetAtRestAt80Columns) {
  view_.status.workers[1].share = 0.05;
  EXPECT_THAT(
      TopLines(console_, &view_),
      ElementsAre("site: steady, generation 3, steering cbpf, controller 4000",
                  "  listens on 0.0.0.0:8080 [::]:8080", "",
                  "SLOT      PID   GEN  STATE        SHARE  QUEUE   CONNS       UP",
                  "   0     4711     3  serving      50.0%      0      12    1m15s ###############",
                  "   1     4712     3  serving       5.0%      -       -       2s ##",
                  "12:34:56  q quits"));
}

TEST_F(TopTextTest, NothingIsWiderOrHigherThanTheScreen) {
  Grow(64);
  view_.trouble = "the controller is gone: " + std::string(100, 'x');
  for (const int width : {20, 40, 80}) {
    for (const int height : {2, 3, 8, 24}) {
      console_.width = width;
      console_.height = height;
      const std::vector<std::string> lines = TopLines(console_, &view_);
      EXPECT_LE(lines.size(), static_cast<size_t>(height));
      for (const std::string& line : lines) EXPECT_LE(line.size(), static_cast<size_t>(width));
    }
  }
}

TEST_F(TopTextTest, MoreWorkersThanLinesAreScrolledAndNoFurtherThanThereAreAny) {
  Grow(64);
  console_.height = 15;
  EXPECT_THAT(TopLines(console_, &view_).back(), HasSubstr("rows 1 to 10 of 64, j and k scroll"));
  view_.scroll = 3;
  EXPECT_THAT(TopLines(console_, &view_)[4], testing::StartsWith("   3 "));
  view_.scroll = 1000;
  EXPECT_THAT(TopLines(console_, &view_).back(), HasSubstr("rows 55 to 64 of 64"));
  EXPECT_EQ(view_.scroll, 54);
  view_.scroll = -1;
  TopLines(console_, &view_);
  EXPECT_EQ(view_.scroll, 0);
}

TEST_F(TopTextTest, ColoursTellStatesApartAndWhatIsOldIsDim) {
  console_.color = true;
  view_.status.workers[1].state = "draining";
  std::vector<std::string> lines = TopLines(console_, &view_);
  EXPECT_THAT(lines[4], testing::StartsWith("\033[32m   0 "));
  EXPECT_THAT(lines[5], testing::StartsWith("\033[33m   1 "));
  view_.trouble = "the controller is gone";
  lines = TopLines(console_, &view_);
  EXPECT_EQ(lines[2], "\033[31mthe controller is gone\033[0m");
  EXPECT_THAT(lines[5], testing::StartsWith("\033[2m   0 "));
}

}  // namespace
}  // namespace rollport::cli
