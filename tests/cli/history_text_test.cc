#include "cli/history_text.h"

#include <sstream>
#include <string>

#include "gtest/gtest.h"

namespace rollport::cli {
namespace {

using api::FleetHistory;
using api::RollRecord;
using api::Verdict;

const absl::TimeZone kZone = absl::UTCTimeZone();
const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

FleetHistory ThreeRolls() {
  FleetHistory history;
  history.generations = {
      {1, {"./server", "--root", "site"}, kStart, false, true, ""},
      {2,
       {"./start.sh", "--with", "many", "words", "that", "go", "over", "the", "edge"},
       kStart + absl::Minutes(1),
       true,
       true,
       "./start.sh is a script: only the command is kept, not its text"},
      {3, {"./broken"}, kStart + absl::Minutes(2), false, false, ""}};
  history.rolls = {
      {.number = 1,
       .kind = "roll",
       .from = 1,
       .to = 2,
       .began = kStart + absl::Minutes(1),
       .verdict = Verdict{"rolled", 2, 4, absl::Seconds(5.1), 0, ""}},
      {.number = 2,
       .kind = "roll",
       .from = 2,
       .to = 3,
       .began = kStart + absl::Minutes(2),
       .verdict = Verdict{"reverted", 2, 0, absl::Seconds(0.1), 12,
                          "slot 0: exited with status 127 before it was ready, and "
                          "nobody knows why"}},
      {.number = 3, .kind = "restart", .from = 2, .to = 2, .began = kStart + absl::Minutes(3)}};
  return history;
}

void ExpectNarrow(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST(HistoryTextTest, GenerationsAndRolls) {
  const std::string text = HistoryText(ThreeRolls(), kZone);
  EXPECT_EQ(text, R"(  GEN  TAKEN                RAN      COMMAND
    1  2023-11-14 22:13:20  served   ./server --root site
    2  2023-11-14 22:14:20  current
       ./start.sh --with many words that go over the edge
       ./start.sh is a script: only the command is kept, not its text
    3  2023-11-14 22:15:20  never    ./broken

 ROLL  BEGAN                KIND     GENERATION  OUTCOME       TOOK      CUT
    1  2023-11-14 22:14:20  roll     1 -> 2      rolled      5.10 s        0
    2  2023-11-14 22:15:20  roll     2 -> 3      reverted    0.10 s       12
       slot 0: exited with status 127 before it was ready, and nobody knows why
    3  2023-11-14 22:16:20  restart  2           under way
)");
  ExpectNarrow(text);
}

TEST(HistoryTextTest, AWideTerminalIsUsedAndALongPathIsNeverCut) {
  FleetHistory history = ThreeRolls();
  history.generations[0].command = {"/srv/releases/shop/2026-11-28T00-12-34/bin/server-" +
                                    std::string(80, 'x') + "-tail"};
  EXPECT_NE(HistoryText(history, kZone, 80).find("-tail\n"), std::string::npos);
  const std::string wide = HistoryText(ThreeRolls(), kZone, 120);
  EXPECT_NE(wide.find("--with many words that go over the edge\n"), std::string::npos);
}

TEST(HistoryTextTest, NoRollsYet) {
  EXPECT_EQ(HistoryText({}, kZone),
            "  GEN  TAKEN                RAN      COMMAND\n\nno rolls yet\n");
}

TEST(HistoryTextTest, OneRollWithItsPhasesAndItsLedger) {
  RollRecord roll = ThreeRolls().rolls[0];
  roll.handed_over = 3;
  roll.kernel = {.before = {10, 10, 10, 10}, .after = {11, 12, 13, 14}};
  double at = 0;
  for (const auto& [slot, generation, phase, length] : {std::tuple{0, 2, "starting", 0.02},
                                                        {0, 2, "ready", 1.0},
                                                        {0, 2, "healthy", 0.0},
                                                        {0, 2, "serving", 4.0},
                                                        {0, 1, "quiescing", 0.01},
                                                        {0, 1, "draining", 0.5},
                                                        {0, 1, "starting", 0.02},
                                                        {1, 2, "starting", 0.02}}) {
    roll.phases.push_back({slot, generation, phase, absl::Seconds(at), absl::Seconds(length)});
    at += length;
  }
  const std::string text = RollText(roll, kZone);
  EXPECT_EQ(text, R"(roll 1: generation 1 -> 2, began 2023-11-14 22:14:20
  rolled; 4 slots replaced in 5.10 s
  0 connections cut, 3 connections handed over
  kernel: 1 listen overflows, 2 listen drops, 3 requests migrated, 4 not

seconds in each phase
  slot 0   gen 2: starting 0.02, ready 1.00, healthy 0.00, serving 4.00; gen 1:
           quiescing 0.01, draining 0.50; gen 1: starting 0.02
  slot 1   gen 2: starting 0.02
)");
  ExpectNarrow(text);
}

TEST(HistoryTextTest, WhatIsNotKnownToBeCutIsSaidSo) {
  FleetHistory history = ThreeRolls();
  history.rolls[0].verdict->cut = std::nullopt;
  EXPECT_NE(HistoryText(history, kZone).find(" 5.10 s  unknown\n"), std::string::npos);
  EXPECT_NE(RollText(history.rolls[0], kZone)
                .find("\n  connections cut: unknown, 0 connections handed over\n"),
            std::string::npos);
}

TEST(HistoryTextTest, OneThatFailedSaysWhyAndOneUnderWaySaysSo) {
  EXPECT_NE(RollText(ThreeRolls().rolls[1], kZone).find("  reverted: slot 0: exited with"),
            std::string::npos);
  EXPECT_NE(RollText(ThreeRolls().rolls[2], kZone).find("\n  under way\n"), std::string::npos);
}

}  // namespace
}  // namespace rollport::cli
