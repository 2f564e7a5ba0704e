#include "controller/endpoints/live_figures.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "gtest/gtest.h"
#include "tests/api/fake_fleet_control.h"

namespace rollport::controller {
namespace {

using Json = nlohmann::json;

TEST(LiveFiguresTest, TakesAPointEachSecondAndGivesThoseThatAreAskedFor) {
  const std::unique_ptr<os::EventLoop> loop = *os::EventLoop::Create();
  api::FakeFleetControl fleet;
  fleet.status = api::SteadyStatus();
  fleet.Tell("FleetStarted");
  metrics::PageCounts totals;
  LiveFigures figures(*loop, {fleet, [&] { return totals; }, [] { return 3; }});
  const auto ask = [&](const std::string& query) {
    return Json::parse(figures.Answer({.method = "GET", .target = "/api/status" + query}).body);
  };
  EXPECT_TRUE(ask("")["points"].empty());
  totals.responses = {0, 0, 9, 0, 0, 1};
  while (ask("?after=0")["points"].empty()) ASSERT_TRUE(loop->Turn().ok());
  const Json json = ask("");
  ASSERT_EQ(json["points"].size(), 1U);
  EXPECT_EQ(json["points"][0]["requests"], 10);
  EXPECT_EQ(json["points"][0]["errors"], 1);
  EXPECT_GE(json["points"][0]["seconds"], 1);
  EXPECT_TRUE(ask("?after=1")["points"].empty());
  EXPECT_EQ(ask("?after=x")["points"].size(), 1U);
  EXPECT_EQ(json["last_event"], 1);
  EXPECT_EQ(json["last_roll"], 3);
  EXPECT_EQ(json["name"], "site");
}

}  // namespace
}  // namespace rollport::controller
