#include "cli/log_line.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::cli {
namespace {

using api::FleetEvent;
using api::Verdict;

FleetEvent Served() {
  return {.sequence = 9,
          .roll = 7,
          .at = absl::FromUnixMicros(1'700'000'000'123'456),
          .kind = "WorkerStateChanged",
          .slot = 0,
          .generation = 2,
          .pid = 4711,
          .phase = "serving",
          .message = "at last",
          .duration = absl::Milliseconds(1250)};
}

TEST(LogLineTest, ForPeople) {
  EXPECT_EQ(LogText(Served()),
            "roll 7 slot 0 generation 2 pid 4711: serving after 1.25 s: at last");
  EXPECT_EQ(LogText({.kind = "FleetStarted"}), "fleet started");
}

TEST(LogLineTest, ForProgramsHasAllThatIsKnown) {
  EXPECT_EQ(LogJson(Served()),
            R"({"at":"2023-11-14T22:13:20.123456Z","level":"info","event":"WorkerStateChanged",)"
            R"("roll":7,"slot":0,"generation":2,"pid":4711,"phase":"serving","duration":1.25,)"
            R"("reason":"at last"})");
}

FleetEvent Wrote(const std::string& line) {
  FleetEvent event = Served();
  event.kind = "WorkerWrote";
  event.roll = 0;
  event.phase = "stdout";
  event.message = line;
  event.duration.reset();
  return event;
}

TEST(LogLineTest, WhatAWorkerWroteHasItsStreamAndItsMessage) {
  EXPECT_EQ(LogText(Wrote("hello")), "slot 0 generation 2 pid 4711: stdout: hello");
  EXPECT_EQ(LogJson(Wrote("hello")),
            R"({"at":"2023-11-14T22:13:20.123456Z","level":"info","event":"WorkerWrote",)"
            R"("slot":0,"generation":2,"pid":4711,"stream":"stdout","message":"hello"})");
  EXPECT_THAT(LogJson(Wrote("")), testing::HasSubstr(R"("message":"")"));
}

TEST(LogLineTest, LogfmtHasTheSamePairs) {
  EXPECT_EQ(LogLogfmt(Served()),
            "at=2023-11-14T22:13:20.123456Z level=info event=WorkerStateChanged roll=7 slot=0 "
            "generation=2 pid=4711 phase=serving duration=1.25 reason=\"at last\"");
  EXPECT_THAT(LogLogfmt(Wrote("a=\"b\"\x1b\xc2\x9b")),
              testing::EndsWith(R"( message="a=\"b\"\u001b\u009b")"));
  EXPECT_THAT(LogLogfmt(Wrote("")), testing::EndsWith(" stream=stdout message=\"\""));
  EXPECT_THAT(LogLogfmt(Wrote("größe")), testing::EndsWith(" message=größe"));
  const FleetEvent end{.at = absl::UnixEpoch(),
                       .kind = "RollEnded",
                       .verdict = Verdict{"rolled", 2, 4, absl::Seconds(2), 0, ""}};
  EXPECT_THAT(LogLogfmt(end), testing::HasSubstr(" verdict_outcome=rolled verdict_generation=2 "));
}

TEST(LogLineTest, OnATerminalALineHasTheTimeOfDayAndALevelOnlyIfItIsNotInfo) {
  FleetEvent event = Served();
  LogStyle style{.terminal = true, .zone = absl::FixedTimeZone(3600)};
  EXPECT_EQ(LogLine(event, style),
            "23:13:20 roll 7 slot 0 generation 2 pid 4711: serving after 1.25 s: at last");
  event.failed = true;
  EXPECT_THAT(LogLine(event, style), testing::StartsWith("23:13:20 warning roll 7 "));
  style.color = true;
  EXPECT_THAT(LogLine(event, style),
              testing::StartsWith("23:13:20 \033[33mwarning\033[0m roll 7 "));
}

TEST(LogLineTest, ElsewhereTextHasTheDateAndALevel) {
  const LogStyle style{.zone = absl::FixedTimeZone(3600)};
  EXPECT_THAT(LogLine(Served(), style),
              testing::StartsWith("2023-11-14T23:13:20.123+01:00 info roll 7 slot 0 "));
}

TEST(LogLineTest, InTheJournalALineBeginsWithItsPriority) {
  LogStyle style{.journal = true};
  EXPECT_THAT(LogLine(Served(), style), testing::StartsWith("<6>roll 7 slot 0 "));
  EXPECT_THAT(LogLine({.kind = "SteeringLost"}, style), testing::StartsWith("<4>warning steering"));
  EXPECT_THAT(LogLine({.kind = "PromiseBroken"}, style), testing::StartsWith("<2>critical "));
  style.format = LogFormat::kJson;
  EXPECT_THAT(LogLine(Served(), style), testing::StartsWith("<6>{\"at\":"));
  style.format = LogFormat::kLogfmt;
  EXPECT_THAT(LogLine(Served(), style), testing::StartsWith("<6>at="));
}

TEST(LogLineTest, AFormatHasAName) {
  EXPECT_EQ(LogFormatNamed("json"), LogFormat::kJson);
  EXPECT_EQ(LogFormatNamed("logfmt"), LogFormat::kLogfmt);
  EXPECT_EQ(LogFormatNamed("text"), LogFormat::kText);
  EXPECT_EQ(LogFormatNamed("JSON"), std::nullopt);
}

TEST(LogLineTest, WhatAWorkerWritesCannotControlATerminal) {
  const FleetEvent event{.at = absl::UnixEpoch(),
                         .kind = "WorkerWrote",
                         .message =
                             "a\xc2\x9b"
                             "31m\u202eb\x1b[2J"};
  EXPECT_EQ(LogText(event), R"(worker wrote: a\x9b31m\u202eb\x1b[2J)");
  EXPECT_THAT(LogJson(event), testing::HasSubstr(R"("message":"a\u009b31m\u202eb\u001b[2J")"));
}

TEST(LogLineTest, AVerdictIsPartOfItsLineAndWhatIsNoTextDoesNoHarm) {
  const FleetEvent event{.roll = 7,
                         .at = absl::UnixEpoch(),
                         .kind = "RollEnded",
                         .message = "\xff",
                         .verdict = Verdict{"reverted", 1, 0, absl::Seconds(2), 3, "it died"}};
  EXPECT_EQ(LogJson(event),
            R"({"at":"1970-01-01T00:00:00.000000Z","level":"warning","event":"RollEnded","roll":7,)"
            "\"reason\":\"\xef\xbf\xbd\","
            R"("verdict":{"outcome":"reverted","generation":1,"replaced":0,"seconds":2.0,"cut":3,)"
            R"("reason":"it died"}})");
}

TEST(LogLineTest, TheLevelTellsWhatNeedsALook) {
  EXPECT_EQ(LevelOf({.kind = "WorkerStateChanged"}), LogLevel::kInfo);
  for (const char* bad :
       {"StartFailed", "SteeringLost", "RollRefused", "RollReverting", "StopForced"}) {
    EXPECT_EQ(LevelOf({.kind = bad}), LogLevel::kWarning) << bad;
  }
  EXPECT_EQ(LevelOf({.kind = "WorkerStateChanged", .failed = true}), LogLevel::kWarning);
  EXPECT_EQ(LevelOf({.kind = "PromiseBroken"}), LogLevel::kCritical);
  EXPECT_EQ(LevelOf({.kind = "RollEnded", .verdict = Verdict{.outcome = "rolled"}}),
            LogLevel::kInfo);
}

}  // namespace
}  // namespace rollport::cli
