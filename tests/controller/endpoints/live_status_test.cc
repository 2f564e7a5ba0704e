#include "controller/endpoints/live_status.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "api/control_json.h"
#include "gtest/gtest.h"
#include "protocol/latency.h"

namespace rollport::controller {
namespace {

using Json = nlohmann::json;

TEST(LiveStatusTest, IsTheStatusWithTotals) {
  api::FleetStatus status;
  status.name = "site";
  status.workers.push_back({.slot = 0, .generation = 1, .state = "serving", .share = 1});
  metrics::PageCounts totals;
  totals.responses = {0, 0, 40, 0, 2, 1};
  totals.connections_cut = 3;
  totals.probe_requests = 500;

  Json json = Json::parse(LiveStatusJson(status, totals, 7));
  EXPECT_EQ(json["totals"]["requests"], 43);
  EXPECT_EQ(json["totals"]["connections_cut"], 3);
  EXPECT_EQ(json["totals"]["kernel_drops"], 7);
  json.erase("totals");
  EXPECT_EQ(json, Json::parse(ToJson(status)));
}

TEST(LiveStatusTest, EveryRequestIsBetweenTheBoundsOfItsBucket) {
  metrics::PageCounts totals;
  const std::vector<uint64_t> nanos = {500,       1'500,       999'000,
                                       2'000'000, 250'000'000, 900'000'000'000};
  for (const uint64_t n : nanos) ++totals.latency[protocol::LatencyBucket(n)];

  const Json latency = Json::parse(LiveStatusJson({}, totals, 0))["totals"]["latency"];
  const auto bounds = latency["bounds"].get<std::vector<double>>();
  const auto counts = latency["counts"].get<std::vector<uint64_t>>();
  ASSERT_EQ(counts.size(), bounds.size() + 1);
  EXPECT_TRUE(std::is_sorted(bounds.begin(), bounds.end()));
  std::vector<uint64_t> expected(counts.size());
  for (const uint64_t n : nanos) {
    const double seconds = static_cast<double>(n) / 1e9;
    ++expected[static_cast<size_t>(std::upper_bound(bounds.begin(), bounds.end(), seconds) -
                                   bounds.begin())];
  }
  EXPECT_EQ(counts, expected);
}

}  // namespace
}  // namespace rollport::controller
