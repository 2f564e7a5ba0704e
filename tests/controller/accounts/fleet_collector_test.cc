#include "controller/accounts/fleet_collector.h"

#include <set>
#include <string>

#include "exposition/catalogue.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/support/listening_fleet.h"
#include "tests/controller/support/shown_metrics.h"
#include "tests/support/eventually.h"
#include "tests/support/scripted_server.h"

namespace rollport::controller {
namespace {

using testing::Contains;
using testing::Key;
using testing::Not;

class FleetCollectorTest : public testing::Test {
 protected:
  ShownMetrics Show() { return Flatten(collector_.Collect()); }
  double Value(const std::string& name) { return Show().at("rollport_" + name); }

  ListeningFleet fleet_{2};
  FleetMeters meters_{fleet_.workers, fleet_.chronicle.events()};
  FleetCollector collector_{fleet_.sources(), meters_};
};

TEST_F(FleetCollectorTest, ShowsEveryFamilyOfTheCatalogueInOnePiece) {
  std::set<std::string> names;
  for (const prometheus::MetricFamily& family : collector_.Collect()) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name;
  }
  for (const exposition::Metric* metric : exposition::kCatalogue) {
    // These two are only there if workers have metrics of their own, and this one after a count.
    if (metric == &exposition::kScrapeUp || metric == &exposition::kScrapeDropped) continue;
    if (metric == &exposition::kKernelConnections) continue;
    EXPECT_THAT(names, Contains(std::string(metric->name)));
  }
}

TEST_F(FleetCollectorTest, WorkersAndSharesAreAddedUp) {
  EXPECT_EQ(Value("workers{serving}"), 2);
  EXPECT_EQ(Value("workers{draining}"), 0);
  EXPECT_EQ(Value("share_ratio{0,1}"), 0.5);
  EXPECT_EQ(Value("workers_wanted"), 2);
  EXPECT_EQ(Value("fleet_state{steady}"), 1);
  EXPECT_EQ(Value("fleet_state{rolling}"), 0);
  EXPECT_EQ(Value("generation"), 1);
}

TEST_F(FleetCollectorTest, OpenConnectionsAreOfTheSlotAndAddedUp) {
  fleet_.AddListening(7, /*slot=*/1);
  fleet_.pages.at(1)->connections_open.Set(4);
  fleet_.pages.at(2)->connections_open.Set(5);
  EXPECT_EQ(Value("connections_open{0}"), 4);
  EXPECT_EQ(Value("connections_open{1}"), 5);
}

TEST_F(FleetCollectorTest, QueuesAreOfTheSlotWhoseWorkerListens) {
  EXPECT_EQ(Value("listeners"), 2);
  EXPECT_EQ(Value("accept_queue_limit{1}"), 16);
  std::vector<os::UniqueFd> clients;
  clients.reserve(20);
  for (int i = 0; i < 20; ++i) clients.push_back(*os::Connect(fleet_.address));
  const ShownMetrics shown = Show();
  EXPECT_EQ(shown.at("rollport_accept_queue_depth{0}") + shown.at("rollport_accept_queue_depth{1}"),
            20);
}

TEST_F(FleetCollectorTest, SocketsAreShownWhenTheyHaveBeenCounted) {
  EXPECT_THAT(Show(), Not(Contains(Key("rollport_kernel_connections{listen}"))));
  collector_.Start();
  EXPECT_TRUE(Eventually([&] {
    EXPECT_TRUE(fleet_.loop->Turn(absl::Milliseconds(10)).ok());
    return Show().contains("rollport_kernel_connections{listen}");
  }));
  EXPECT_EQ(Value("kernel_connections{listen}"), 2);
  EXPECT_EQ(Value("kernel_connections{established}"), 0);
}

TEST_F(FleetCollectorTest, AWorkerOfASlotThatTheFleetHasNoMoreIsStillAListener) {
  fleet_.AddListening(7, /*slot=*/5);
  EXPECT_EQ(Value("listeners"), 3);
  EXPECT_THAT(Show(), Not(Contains(Key("rollport_accept_queue_depth{5}"))));
}

TEST_F(FleetCollectorTest, TheRollUnderWayIsShownWhileThereIsOne) {
  EXPECT_EQ(Value("roll_started_timestamp_seconds"), 0);
  fleet_.chronicle.BeginRoll("roll", GenerationId(1), GenerationId(2), "");
  fleet_.scenario.Do(rollout::RollRequested{GenerationId(2)});
  EXPECT_GT(Value("roll_started_timestamp_seconds"), 1'700'000'000);
  fleet_.scenario.BecomeHealthy(3);
  EXPECT_EQ(Value("roll_slots_replaced"), 1);
}

TEST_F(FleetCollectorTest, WhatWorkersSayOfThemselvesIsAskedForWhileItRuns) {
  EXPECT_THAT(Show(), Not(Contains(Key("rollport_worker_scrape_up{0}"))));
  test::ScriptedServer server([](test::Peer& peer, int) {
    if (peer.Read()) peer.SendAndClose(test::Answer("# TYPE shop_items gauge\nshop_items 3\n"));
  });
  fleet_.releases = [&] {
    std::map<GenerationId, Release> kept;
    kept.emplace(GenerationId(1),
                 Release{.generation = *Generation::Take(GenerationId(1), {"/bin/sleep"}, {}, "/"),
                         .settings = {.metrics = server.url("/metrics/{slot}")},
                         .listen = {fleet_.address}});
    return Releases({.name = "site"}, std::move(kept), GenerationId(1));
  }();
  collector_.Start();
  std::string text;
  EXPECT_TRUE(Eventually([&] {
    EXPECT_TRUE(fleet_.loop->Turn(absl::Milliseconds(10)).ok());
    collector_.Collect();
    text.clear();
    collector_.foreign().AppendText(&text);
    return text.find("slot=\"1\"") != std::string::npos;
  }));
  EXPECT_THAT(text, testing::HasSubstr("shop_items{fleet=\"site\",slot=\"1\"} 3"));
  EXPECT_EQ(Value("worker_scrape_up{0}"), 1);
  collector_.Stop();
}

}  // namespace
}  // namespace rollport::controller
