#include "cli/log_line.h"

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
  for (const char* bad : {"StartFailed", "SteeringLost", "RollRefused", "RollReverting"}) {
    EXPECT_EQ(LevelOf({.kind = bad}), LogLevel::kWarning) << bad;
  }
  EXPECT_EQ(LevelOf({.kind = "WorkerStateChanged", .failed = true}), LogLevel::kWarning);
  EXPECT_EQ(LevelOf({.kind = "PromiseBroken"}), LogLevel::kCritical);
  EXPECT_EQ(LevelOf({.kind = "RollEnded", .verdict = Verdict{.outcome = "rolled"}}),
            LogLevel::kInfo);
}

}  // namespace
}  // namespace rollport::cli
