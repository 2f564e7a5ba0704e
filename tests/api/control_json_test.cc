#include "api/control_json.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/api/fake_fleet_control.h"

namespace rollport::api {
namespace {

const RollProgress kProgress{.number = 7,
                             .from = 3,
                             .to = 4,
                             .phase = "paused",
                             .reason = "waits for a person",
                             .replaced = 1,
                             .of = 4,
                             .elapsed = absl::Milliseconds(1500),
                             .canary = CanaryProgress{.step = 1, .of = 2, .share = 0.05}};
constexpr char kProgressJson[] =
    R"({"number":7,"kind":"roll","from":3,"to":4,"phase":"paused","reason":"waits for a person",)"
    R"("replaced":1,"of":4,"seconds":1.5,)"
    R"("canary":{"step":1,"of":2,"share":0.05,"remaining_seconds":null}})";

TEST(ControlJsonTest, StatusHoldsWhatTheDesignNames) {
  EXPECT_EQ(
      ToJson(SteadyStatus()),
      R"({"name":"site","listen":["0.0.0.0:8080","[::]:8080"],"generation":3,"state":"steady",)"
      R"("slots":2,"healthy_slots":2,"outdated_slots":0,)"
      R"("steering":"cbpf","steering_reason":"","migrate_requests":false,"controller_pid":4000,)"
      R"("workers":[{"slot":0,"pid":4711,"generation":3,"state":"serving","share":0.5,)"
      R"("accept_queue":0,"connections":12,"counts":true,"uptime_seconds":75.0},)"
      R"({"slot":1,"pid":4712,"generation":3,"state":"serving","share":0.5,)"
      R"("accept_queue":null,"connections":null,"counts":false,"uptime_seconds":2.5}],)"
      R"("foreign_listeners":0,"listener_drops":0,"roll":null})");
}

TEST(ControlJsonTest, StatusComesBackAsItWas) {
  FleetStatus status = SteadyStatus();
  status.roll = kProgress;
  status.roll->canary->remaining = absl::Seconds(42.5);
  const auto back = ParseStatus(ToJson(status));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(ToJson(*back), ToJson(status));
  EXPECT_EQ(back->roll, status.roll);
  EXPECT_EQ(back->workers[0].connections, 12);
  EXPECT_EQ(back->workers[1].connections, std::nullopt);
}

TEST(ControlJsonTest, EventsComeBackAsTheyWere) {
  FleetEvent event{.sequence = 9,
                   .roll = 7,
                   .at = absl::FromUnixMicros(1'700'000'000'123'456),
                   .kind = "WorkerExited",
                   .slot = 0,
                   .generation = 2,
                   .pid = 4711,
                   .phase = "gone",
                   .message = "killed by signal 9"};
  event.duration = absl::Milliseconds(1250);
  event.verdict = Verdict{"reverted", 1, 0, absl::Seconds(2.25), 3, "it died"};
  const std::string json = ToJson(event);
  EXPECT_EQ(
      json,
      R"({"sequence":9,"at":"2023-11-14T22:13:20.123456Z","kind":"WorkerExited","roll":7,)"
      R"("slot":0,"generation":2,"pid":4711,"phase":"gone","duration_seconds":1.25,)"
      R"("message":"killed by signal 9","verdict":{"outcome":"reverted","generation":1,"replaced":0,"seconds":2.25,"cut":3,)"
      R"("reason":"it died"}})");
  const auto back = ParseEvent(json);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(ToJson(*back), json);
  EXPECT_EQ(back->verdict, event.verdict);
}

TEST(ControlJsonTest, WhatAnEventDoesNotSayIsLeftOut) {
  const FleetEvent event{.sequence = 1, .at = absl::UnixEpoch(), .kind = "FleetStopped"};
  EXPECT_EQ(ToJson(event),
            R"({"sequence":1,"at":"1970-01-01T00:00:00.000000Z","kind":"FleetStopped","roll":0})");
}

TEST(ControlJsonTest, WhatAWorkerSaysOfItselfMayBeAnyBytes) {
  FleetStatus status = SteadyStatus();
  status.workers.resize(1);
  status.workers[0].status_text = "caf\xc3\xa9 \xff";
  EXPECT_THAT(ToJson(status), testing::HasSubstr("\"uptime_seconds\":75.0,"
                                                 "\"status_text\":\"caf\xc3\xa9 \xef\xbf\xbd\"}"));
}

TEST(ControlJsonTest, WhatIsNotUtf8IsReplacedAndNothingThrows) {
  EXPECT_EQ(ErrorJson("\xff", std::nullopt), "{\"error\":\"\xef\xbf\xbd\"}");
}

TEST(ControlJsonTest, HistoryComesBackAsItWas) {
  RollRecord roll{.number = 2,
                  .kind = "undo",
                  .from = 2,
                  .to = 1,
                  .began = absl::FromUnixSeconds(1'700'000'060),
                  .verdict = Verdict{"rolled", 1, 1, absl::Seconds(1), 0, ""},
                  .handed_over = 5,
                  .kernel = {.before = {1, 2, 3, 4}, .after = {5, 6, 7, 8}}};
  roll.phases.push_back({0, 1, "starting", absl::ZeroDuration(), absl::Milliseconds(20)});
  const FleetHistory history{
      .generations =
          {{1, {"./server", "a b"}, absl::FromUnixSeconds(1'700'000'000), true, true, ""}},
      .rolls = {roll}};
  const std::string json = ToJson(history);
  EXPECT_EQ(
      json,
      R"({"generations":[{"number":1,"command":["./server","a b"],)"
      R"("taken":"2023-11-14T22:13:20.000000Z","current":true,"served":true,"not_kept":""}],)"
      R"("rolls":[{"number":2,"kind":"undo","from":2,"to":1,"began":"2023-11-14T22:14:20.000000Z",)"
      R"("verdict":{"outcome":"rolled","generation":1,"replaced":1,"seconds":1.0,"cut":0,)"
      R"("reason":""},"handed_over":5,"kernel":{"before":{"listen_overflows":1,)"
      R"("listen_drops":2,"migrate_request_success":3,"migrate_request_failure":4},)"
      R"("after":{"listen_overflows":5,"listen_drops":6,"migrate_request_success":7,)"
      R"("migrate_request_failure":8}},"phases":[{"slot":0,"generation":1,)"
      R"("phase":"starting","start_seconds":0.0,"seconds":0.02}]}]})");
  const auto back = ParseHistory(json);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(ToJson(*back), json);
  EXPECT_EQ(ParseHistory(R"({"generations":[],"rolls":[]})")->rolls.size(), 0U);
}

TEST(ControlJsonTest, WhatARollHasCutMayBeUnknown) {
  FleetEvent event;
  event.verdict = Verdict{.outcome = "rolled", .cut = std::nullopt};
  const std::string json = ToJson(event);
  EXPECT_THAT(json, testing::HasSubstr(R"("cut":null,)"));
  EXPECT_EQ(ParseEvent(json)->verdict, event.verdict);
}

TEST(ControlJsonTest, AnAnswerToPauseTellsHowFarTheRollIs) {
  EXPECT_EQ(ProgressJson(kProgress), std::string("{\"roll\":") + kProgressJson + "}");
  EXPECT_EQ(*ParseProgress(ProgressJson(kProgress)), kProgress);
  EXPECT_EQ(*ParseProgress(ProgressJson(std::nullopt)), std::nullopt);
}

TEST(ControlJsonTest, ErrorsCarryTheRollThatIsUnderWay) {
  const auto error = ParseError(ErrorJson("busy", kProgress));
  ASSERT_TRUE(error.ok()) << error.status();
  EXPECT_EQ(error->message, "busy");
  EXPECT_EQ(error->roll, kProgress);
  EXPECT_EQ(ParseError(ErrorJson("no", std::nullopt))->roll, std::nullopt);
}

TEST(ControlJsonTest, WhatIsNotThatJsonIsAnError) {
  for (const char* bad : {"", "{", "[]", "{\"name\":7}", "null"}) {
    EXPECT_FALSE(ParseStatus(bad).ok()) << bad;
    EXPECT_FALSE(ParseEvent(bad).ok()) << bad;
    EXPECT_FALSE(ParseError(bad).ok()) << bad;
    EXPECT_FALSE(ParseRollAccepted(bad).ok()) << bad;
    EXPECT_FALSE(ParseProgress(bad).ok()) << bad;
    EXPECT_FALSE(ParseHistory(bad).ok()) << bad;
  }
}

TEST(ControlJsonTest, ANumberThatItsFieldCannotHoldIsAnError) {
  for (const char* bad : {"1e300", "1.5", "18446744073709551615", "true", "null", "\"1\""}) {
    const std::string json = std::string("{\"roll\":") + bad + "}";
    EXPECT_FALSE(ParseRollAccepted(json).ok()) << bad;
    std::string progress = std::string("{\"roll\":") + kProgressJson + "}";
    EXPECT_TRUE(ParseProgress(progress).ok());
    progress.replace(progress.find("\"replaced\":1"), 12, std::string("\"replaced\":") + bad);
    EXPECT_FALSE(ParseProgress(progress).ok()) << progress;
  }
}

}  // namespace
}  // namespace rollport::api
