#include "cli/progress.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::cli {
namespace {

using api::FleetEvent;
using api::Verdict;

class ProgressTest : public testing::Test {
 protected:
  FleetEvent Event(double at, std::string kind, std::string message = "") {
    return {.roll = 1,
            .at = kStart + absl::Seconds(at),
            .kind = std::move(kind),
            .message = std::move(message)};
  }
  FleetEvent OfWorker(double at, int slot, int64_t generation, std::string phase) {
    FleetEvent event = Event(at, "WorkerStateChanged");
    event.slot = slot;
    event.generation = generation;
    event.pid = 100 * generation + slot;
    event.phase = std::move(phase);
    return event;
  }
  FleetEvent Exit(double at, int slot, int64_t generation, std::string how) {
    FleetEvent event = OfWorker(at, slot, generation, "");
    event.kind = "WorkerExited";
    event.message = std::move(how);
    return event;
  }
  std::string Take() {
    std::string text = out_.str();
    out_.str("");
    return text;
  }

  const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);
  std::ostringstream out_;
  Console console_{out_, out_};
};

TEST_F(ProgressTest, PipedItIsALineForEachEvent) {
  Progress progress(console_);
  progress.On(Event(0, "RollBegan", "generation 1 -> 2: ./server"));
  progress.On(OfWorker(0.01, 0, 2, "starting"));
  progress.Tick(kStart + absl::Seconds(1));
  progress.On(OfWorker(1.25, 0, 2, "serving"));
  progress.On(Exit(12, 0, 1, "exited with status 0"));
  FleetEvent last = Event(12, "RollEnded");
  last.verdict = Verdict{.outcome = "rolled"};
  progress.On(last);
  progress.Finish();
  EXPECT_EQ(Take(),
            "   0.00 s  roll began: generation 1 -> 2: ./server\n"
            "   0.01 s  slot 0  generation 2  starting\n"
            "   1.25 s  slot 0  generation 2  serving\n"
            "  12.00 s  slot 0  generation 1  worker exited: exited with status 0\n");
}

TEST_F(ProgressTest, OnATerminalASlotIsALineThatIsWrittenAgainUntilItIsDone) {
  console_.live = true;
  Progress progress(console_);
  progress.On(Event(0, "RollBegan"));
  EXPECT_EQ(Take(), "   0.00 s  roll began\n");
  progress.On(OfWorker(0, 0, 2, "starting"));
  EXPECT_EQ(Take(), "slot 0   gen 2: starting 0.00\n");
  progress.Tick(kStart + absl::Seconds(0.5));
  EXPECT_EQ(Take(), "\033[1A\033[Jslot 0   gen 2: starting 0.50\n");
  progress.On(OfWorker(1, 0, 2, "ready"));
  progress.On(OfWorker(2, 0, 2, "serving"));
  Take();
  progress.On(OfWorker(2, 0, 1, "quiescing"));
  EXPECT_EQ(Take(), "\033[1A\033[Jslot 0   gen 2: serving after 2.00 s | gen 1: quiescing 0.00\n");
  progress.On(OfWorker(2.5, 0, 1, "draining"));
  progress.On(OfWorker(2.5, 1, 2, "starting"));
  EXPECT_THAT(Take(),
              testing::EndsWith("\033[1A\033[J"
                                "slot 0   gen 2: serving after 2.00 s | gen 1: quiescing 0.50, "
                                "draining 0.00\n"
                                "slot 1   gen 2: starting 0.00\n"));
  progress.On(Exit(3, 0, 1, "exited with status 0"));
  EXPECT_EQ(Take(),
            "\033[2A\033[J"
            "slot 0   gen 2: starting 1.00, ready 1.00, serving\n"
            "         gen 1: quiescing 0.50, draining 0.50, gone\n"
            "slot 1   gen 2: starting 0.50\n")
      << "the line of the slot that is done stays";
  progress.Tick(kStart + absl::Seconds(4));
  EXPECT_EQ(Take(), "\033[1A\033[Jslot 1   gen 2: starting 1.50\n");
  progress.Finish();
  EXPECT_EQ(Take(), "\033[1A\033[Jslot 1   gen 2: starting 1.50\n");
}

TEST_F(ProgressTest, AFailureSaysWhyAndLiveLinesKeepToTheWidth) {
  console_.live = true;
  Progress progress(console_);
  progress.On(OfWorker(0, 0, 2, "starting"));
  Take();
  progress.On(Exit(1, 0, 2, "killed by signal 9 (SIGKILL), " + std::string(80, 'x')));
  const std::string live = Take();
  EXPECT_EQ(live,
            "\033[1A\033[J"
            "slot 0   gen 2: starting 1.00, gone (killed by signal 9 (SIGKILL),\n"
            "         " +
                std::string(70, 'x') +
                "\n"
                "         " +
                std::string(10, 'x') + ")\n");
  progress.Tick(kStart + absl::Seconds(2));
  EXPECT_THAT(Take(), testing::StartsWith("\033[3A\033[J")) << "all of it is written again";
  // What a narrower terminal makes of a line is more than one.
  console_.width = 50;
  progress.Tick(kStart + absl::Seconds(3));
  EXPECT_THAT(Take(), testing::StartsWith("\033[5A\033[J"));
  progress.Finish();
  EXPECT_THAT(Take(), testing::EndsWith("xxx)\n"));
}

TEST_F(ProgressTest, ManySlotsStayWithinTheScreen) {
  console_.live = true;
  console_.height = 10;
  Progress progress(console_);
  for (int slot = 0; slot < 64; ++slot) progress.On(OfWorker(0, slot, 2, "starting"));
  Take();
  progress.Tick(kStart);
  const std::string text = Take();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 8);
}

TEST_F(ProgressTest, WhatARollWaitsForStandsBelowAllSlotsAndGoesAtTheEnd) {
  console_.live = true;
  Progress progress(console_);
  progress.On(OfWorker(0, 0, 2, "serving"));
  Take();
  progress.SetFoot({"canary", "type this"});
  EXPECT_EQ(Take(), "\033[1A\033[Jslot 0   gen 2: serving after 0.00 s\ncanary\ntype this\n");
  progress.SetFoot({"canary", "type this"});
  EXPECT_EQ(Take(), "") << "nothing has changed";
  progress.On(Event(1, "RollPaused", "the canary waits"));
  EXPECT_EQ(Take(),
            "\033[3A\033[J   1.00 s  roll paused: the canary waits\n"
            "slot 0   gen 2: serving after 0.00 s\ncanary\ntype this\n");
  progress.Finish();
  EXPECT_EQ(Take(), "\033[3A\033[Jslot 0   gen 2: serving\n");
}

TEST_F(ProgressTest, StepsOfACanaryAreOnePhase) {
  console_.live = true;
  Progress progress(console_);
  progress.On(OfWorker(0, 0, 2, "starting"));
  progress.On(OfWorker(1, 0, 2, "canary"));
  FleetEvent step = OfWorker(1, 0, 2, "canary");
  step.kind = "CanaryStepBegan";
  step.message = "the canary has 5 % of new connections";
  progress.On(step);
  Take();
  progress.Tick(kStart + absl::Seconds(3));
  EXPECT_EQ(Take(), "\033[1A\033[Jslot 0   gen 2: starting 1.00, canary 2.00\n");
}

TEST_F(ProgressTest, LinesAreBrokenBetweenWords) {
  console_.live = true;
  console_.width = 40;
  Progress progress(console_);
  progress.On(Event(0, "RollBegan", "generation 1 -> 2: ./server --root site"));
  EXPECT_EQ(Take(),
            "   0.00 s  roll began: generation 1 ->\n"
            "             2: ./server --root site\n");
  progress.SetFoot({"`rollport resume` continues it, `rollport abort` reverts it"});
  EXPECT_EQ(Take(), "`rollport resume` continues it,\n  `rollport abort` reverts it\n");
}

TEST_F(ProgressTest, WhatOthersHaveWrittenBelowStays) {
  console_.live = true;
  Progress progress(console_);
  progress.On(OfWorker(0, 0, 2, "starting"));
  progress.LetGo();
  Take();
  progress.Tick(kStart + absl::Seconds(1));
  EXPECT_EQ(Take(), "slot 0   gen 2: starting 1.00\n");
}

TEST_F(ProgressTest, PipedThereIsNoFoot) {
  Progress progress(console_);
  progress.SetFoot({"canary"});
  progress.Tick(kStart);
  EXPECT_EQ(Take(), "");
}

TEST_F(ProgressTest, AnEventThatTookAWhileSaysHowLong) {
  FleetEvent event = OfWorker(1.25, 0, 2, "serving");
  event.duration = absl::Milliseconds(1240);
  EXPECT_EQ(EventLine(event, kStart), "   1.25 s  slot 0  generation 2  serving after 1.24 s");
}

TEST_F(ProgressTest, Verdicts) {
  EXPECT_EQ(VerdictText({"rolled", 4, 4, absl::Seconds(5.1), 0, ""}),
            "rolled: generation 4 runs in every slot (4 replaced, 5.10 s, 0 connections cut)");
  EXPECT_EQ(VerdictText({"reverted", 3, 0, absl::Seconds(2), 1, "slot 0: it died"}),
            "reverted: slot 0: it died; generation 3 stays (0 replaced, 2.00 s, 1 "
            "connection cut)");
  EXPECT_EQ(
      VerdictText({"rolled", 4, 4, absl::Seconds(5.1), std::nullopt, ""}),
      "rolled: generation 4 runs in every slot (4 replaced, 5.10 s, connections cut: unknown)");
  EXPECT_EQ(VerdictText({"rolled", 2, 4, absl::Seconds(5.1), 0, ""}, "undone"),
            "undone: generation 2 runs in every slot (4 replaced, 5.10 s, 0 connections cut)");
  EXPECT_EQ(VerdictText({"reverted", 3, 0, absl::Seconds(2), 0, ""}, "undone"),
            "reverted; generation 3 stays (0 replaced, 2.00 s, 0 connections cut)");
}

}  // namespace
}  // namespace rollport::cli
