#include "controller/endpoints/live_status.h"

#include <nlohmann/json.hpp>

#include "api/control_json.h"
#include "gtest/gtest.h"

namespace rollport::controller {
namespace {

using Json = nlohmann::json;

TEST(LiveStatusTest, IsTheStatusWithWhatThePageDraws) {
  api::FleetStatus status;
  status.name = "site";
  status.listener_drops = 4;
  status.workers.push_back({.slot = 0, .generation = 1, .state = "serving", .share = 1});
  metrics::PageCounts totals;
  totals.responses = {0, 0, 40, 0, 2, 1};
  totals.connections_cut = 3;
  totals.probe_requests = 500;
  const FigurePoint point{.number = 12,
                          .at = absl::FromUnixMillis(1'700'000'000'250),
                          .length = absl::Milliseconds(1500),
                          .requests = 9,
                          .errors = 2,
                          .p50 = 0.0025};

  Json json = Json::parse(LiveStatusJson({.status = status,
                                          .totals = totals,
                                          .host_drops = 7,
                                          .last_event = 80,
                                          .last_roll = 5,
                                          .points = {point}}));
  EXPECT_EQ(json["totals"],
            Json::parse(R"({"requests":43,"errors":1,"connections_cut":3,"host_drops":7})"));
  EXPECT_EQ(json["last_event"], 80);
  EXPECT_EQ(json["last_roll"], 5);
  EXPECT_EQ(json["points"],
            Json::parse(R"([{"number":12,"at":"2023-11-14T22:13:20.250Z","seconds":1.5,)"
                        R"("requests":9,"errors":2,"p50":0.0025,"p99":null}])"));
  for (const char* key : {"totals", "last_event", "last_roll", "points"}) json.erase(key);
  EXPECT_EQ(json, Json::parse(ToJson(status)));
}

TEST(LiveStatusTest, WhatIsNotKnownToBeCutIsNoNumber) {
  metrics::PageCounts totals;
  totals.connections_cut = 3;
  totals.cut_unknown = 1;
  const Json json = Json::parse(LiveStatusJson({.status = {}, .totals = totals}));
  EXPECT_TRUE(json["totals"]["connections_cut"].is_null());
}

}  // namespace
}  // namespace rollport::controller
