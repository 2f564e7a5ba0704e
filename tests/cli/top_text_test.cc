#include "cli/top_text.h"

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cli/columns.h"
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

  // Worker 4711 has counted this much after so many seconds.
  void Look(int second, int64_t requests, std::vector<int64_t> latency) {
    view_.rates.Note(absl::FromUnixSeconds(1'700'000'000 + second),
                     {.latency_from = {0.001, 0.002, 0.004, 0.008},
                      .workers = {{4711, requests, 0, std::move(latency)}}});
  }

  std::ostringstream out_;
  Console console_{out_, out_};
  TopView view_{.status = api::SteadyStatus(), .clock = "12:34:56"};
};

TEST_F(TopTextTest, AFleetAtRestAt80Columns) {
  view_.status.workers[1].share = 0.05;
  EXPECT_THAT(
      TopLines(console_, &view_),
      ElementsAre("site: steady, generation 3, steering cbpf, controller 4000", "  12 connections",
                  "  listens on 0.0.0.0:8080 [::]:8080", "",
                  "SLOT     PID  GEN STATE       SHARE QUEUE  CONNS  REQ/S 5XX/S    P99      UP",
                  "   0    4711    3 serving     50.0%     0     12      -     -      -   1m15s",
                  "   1    4712    3 serving      5.0%     -      -      -     -      -      2s",
                  "12:34:56  q quits, ? helps"));
}

TEST_F(TopTextTest, RatesAndLatencyAreShownWithAGraphOfWhatWas) {
  Look(0, 1000, {1000});
  Look(1, 3000, {1000, 1980, 20});
  const std::vector<std::string> lines = TopLines(console_, &view_);
  EXPECT_EQ(lines[1],
            "  2000 requests/s, 0.0 errors/s (5xx), p50 4.00ms, p99 4.00ms, 12 connections");
  EXPECT_EQ(lines[5],
            "   0    4711    3 serving     50.0%     0     12   2000   0.0 4.00ms   1m15s");
  ASSERT_EQ(lines.size(), 22U);
  EXPECT_EQ(lines[8], "requests/s, the last 1 looks, at most 2000");
  EXPECT_EQ(lines[9], std::string(79, ' ') + "#");
}

TEST_F(TopTextTest, AWideWindowHasMoreToSayAndANarrowOneLess) {
  console_.width = 120;
  view_.status.workers[1].share = 0.05;
  view_.status.workers[1].trouble = "HTTP 503 to GET /healthz";
  std::vector<std::string> lines = TopLines(console_, &view_);
  EXPECT_THAT(lines[4], HasSubstr("5XX/S    P50    P99      UP"));
  EXPECT_THAT(lines[5], testing::EndsWith(" ###############"));
  EXPECT_THAT(lines[6], testing::EndsWith(" ##              probe: HTTP 503 t..."));
  console_.width = 40;
  lines = TopLines(console_, &view_);
  EXPECT_THAT(lines, testing::Contains("SLOT STATE       SHARE  REQ/S    P99"));
}

TEST_F(TopTextTest, KeysChangeTheOrderAndTheLastLineSaysSo) {
  Grow(3);
  view_.status.workers[1].connections = 99;
  view_.order = TopOrder::kConnections;
  std::vector<std::string> lines = TopLines(console_, &view_);
  EXPECT_THAT(lines[5], testing::StartsWith("   1 "));
  EXPECT_THAT(lines[6], testing::StartsWith("   0 "));
  EXPECT_EQ(lines.back(), "12:34:56  q quits, ? helps; by connections");
  view_.order = TopOrder::kSlot;
  view_.invert = true;
  lines = TopLines(console_, &view_);
  EXPECT_THAT(lines[5], testing::StartsWith("   2 "));
  EXPECT_EQ(lines.back(), "12:34:56  q quits, ? helps; by slot, inverted");
}

TEST_F(TopTextTest, TheHelpNamesEveryKey) {
  view_.help = true;
  const std::vector<std::string> lines = TopLines(console_, &view_);
  for (const TopSort& sort : kTopSorts) {
    EXPECT_THAT(lines, testing::Contains(testing::StartsWith("  " + std::string(1, sort.key))));
  }
  EXPECT_LE(lines.size(), 24U);
}

TEST_F(TopTextTest, NothingIsWiderOrHigherThanTheScreen) {
  Grow(64);
  view_.trouble = "the controller is gone: " + std::string(100, 'x');
  Look(0, 1000, {1000});
  Look(1, 3000, {1000, 1980, 20});
  for (const bool help : {false, true}) {
    for (const int width : {1, 2, 20, 40, 80, 200}) {
      for (const int height : {1, 2, 3, 8, 24, 100}) {
        view_.help = help;
        console_.width = width;
        console_.height = height;
        const std::vector<std::string> lines = TopLines(console_, &view_);
        EXPECT_LE(lines.size(), static_cast<size_t>(height));
        for (const std::string& line : lines) EXPECT_LE(Columns(line), width) << line;
      }
    }
  }
}

TEST_F(TopTextTest, MoreWorkersThanLinesAreScrolledAndNoFurtherThanThereAreAny) {
  Grow(64);
  console_.height = 16;
  EXPECT_THAT(TopLines(console_, &view_).back(), HasSubstr("rows 1 to 10 of 64, j and k scroll"));
  EXPECT_EQ(view_.page, 10);
  view_.scroll = 3;
  EXPECT_THAT(TopLines(console_, &view_)[5], testing::StartsWith("   3 "));
  view_.scroll = 1000;
  EXPECT_THAT(TopLines(console_, &view_).back(), HasSubstr("rows 55 to 64 of 64"));
  EXPECT_EQ(view_.scroll, 54);
  view_.scroll = -1;
  TopLines(console_, &view_);
  EXPECT_EQ(view_.scroll, 0);
}

TEST_F(TopTextTest, ALowWindowShowsWorkersRatherThanEverythingOfTheFleet) {
  console_.height = 6;
  const std::vector<std::string> lines = TopLines(console_, &view_);
  EXPECT_THAT(lines[0], testing::StartsWith("site: steady"));
  EXPECT_THAT(lines, testing::Contains(testing::StartsWith("   0 ")));
  EXPECT_THAT(lines, testing::Contains(testing::StartsWith("   1 ")));
}

TEST_F(TopTextTest, ColoursTellStatesApartAndWhatIsOldIsDim) {
  console_.color = true;
  view_.status.workers[1].state = "draining";
  std::vector<std::string> lines = TopLines(console_, &view_);
  EXPECT_THAT(lines[5], testing::StartsWith("\033[32m   0 "));
  EXPECT_THAT(lines[6], testing::StartsWith("\033[33m   1 "));
  view_.trouble = "the controller is gone";
  lines = TopLines(console_, &view_);
  EXPECT_EQ(lines[1], "\033[31mthe controller is gone\033[0m");
  EXPECT_THAT(lines[6], testing::StartsWith("\033[2m   0 "));
}

}  // namespace
}  // namespace rollport::cli
