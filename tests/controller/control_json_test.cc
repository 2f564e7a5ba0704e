#include "controller/control_json.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/controller/fake_backend.h"

namespace rollport::controller {
namespace {

constexpr RollProgress kProgress{.number = 7, .from = 3, .to = 4, .replaced = 1, .of = 4};

TEST(ControlJsonTest, StatusHoldsWhatTheDesignNames) {
  EXPECT_EQ(
      ToJson(SteadyStatus()),
      R"({"name":"site","listen":["0.0.0.0:8080","[::]:8080"],"generation":3,"state":"steady",)"
      R"("steering":"cbpf","steering_reason":"","migrate_requests":false,"controller_pid":4000,)"
      R"("workers":[{"slot":0,"pid":4711,"generation":3,"state":"serving","share":0.5,)"
      R"("accept_queue":0,"connections":12,"uptime_seconds":75.0},)"
      R"({"slot":1,"pid":4712,"generation":3,"state":"serving","share":0.5,)"
      R"("accept_queue":null,"connections":null,"uptime_seconds":2.5}],)"
      R"("foreign_listeners":0,"roll":null})");
}

TEST(ControlJsonTest, StatusComesBackAsItWas) {
  FleetStatus status = SteadyStatus();
  status.roll = kProgress;
  status.roll->elapsed = absl::Milliseconds(1500);
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
  event.verdict = Verdict{"reverted", 1, 0, absl::Seconds(2.25), 3, "it died"};
  const std::string json = ToJson(event);
  EXPECT_EQ(json,
            R"({"sequence":9,"at":"2023-11-14T22:13:20.123456Z","kind":"WorkerExited","roll":7,)"
            R"("slot":0,"generation":2,"pid":4711,"phase":"gone","message":"killed by signal 9",)"
            R"("verdict":{"outcome":"reverted","generation":1,"replaced":0,"seconds":2.25,"cut":3,)"
            R"("reason":"it died"}})");
  const auto back = ParseEvent(json);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(ToJson(*back), json);
  EXPECT_EQ(back->verdict, event.verdict);
}

TEST(ControlJsonTest, WhatIsNoUtf8IsReplacedAndNothingThrows) {
  EXPECT_EQ(ErrorJson("\xff", std::nullopt), "{\"error\":\"\xef\xbf\xbd\"}");
}

TEST(ControlJsonTest, RollRequests) {
  EXPECT_EQ(*ParseRollRequest(""), std::nullopt);
  EXPECT_EQ(*ParseRollRequest("{}"), std::nullopt);
  const std::vector<std::string> command = {"./server", "--root", "a b"};
  EXPECT_EQ(*ParseRollRequest(RollRequestJson(command)), command);
  for (const char* bad : {"[]", "{", "7", "{\"command\":[]}", "{\"command\":\"x\"}",
                          "{\"command\":[1]}", "{\"command\":[\"a\\u0000\"]}", "{\"comand\":[]}"}) {
    EXPECT_EQ(ParseRollRequest(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
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
  }
}

}  // namespace
}  // namespace rollport::controller
