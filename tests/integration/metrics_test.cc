// What a fleet tells of itself agrees with what its clients saw, whatever happens to its workers.
#include <signal.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "exposition/catalogue.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/integration/clients.h"
#include "tests/integration/scrape.h"
#include "tests/support/eventually.h"

namespace rollport::integration {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

// The report of so many requests, one after the other on two connections.
json Load(const FleetProcess& fleet, int requests) {
  return RunProgram({ProgramPath("rollport-load"), "--json", "-n", std::to_string(requests),
                     "--connections", "2", "--connection-per-request", "2", "--url",
                     fleet.url("/page")})
      .json();
}

class MetricsTest : public testing::Test {
 protected:
  const std::string admin_ = FreshAdmin();
  // Until it says so, because the answers of 100 ms are the same.
  bool Tells(const std::string& series, double value) {
    return Eventually([&] { return Scrape(admin_)[series] == value; });
  }
};

TEST_F(MetricsTest, AgreeWithTheClientsToTheUnitThroughRollsAndKills) {
  FleetProcess fleet({.admin = admin_});
  fleet.Start();
  double requests = 0, connections = 0;
  const auto load = [&](int n) {
    const json report = Load(fleet, n);
    EXPECT_EQ(report["lost"], 0) << report;
    EXPECT_EQ(report["ok"], n);
    requests += report["ok"].get<double>();
    connections += report["connections"]["opened"].get<double>();
  };
  const auto agrees = [&] {
    EXPECT_TRUE(Tells("rollport_http_requests_total{code=\"2xx\"}", requests));
    const Scrape now(admin_);
    EXPECT_EQ(now.Sum("rollport_http_requests_total"), requests);
    EXPECT_EQ(now["rollport_connections_accepted_total"], connections);
    EXPECT_EQ(now["rollport_http_request_duration_seconds_count"], requests);
    EXPECT_EQ(now.Sum("rollport_slot_http_request_duration_seconds_count"), requests);
    EXPECT_EQ(now["rollport_http_requests_open"], 0);
    EXPECT_GT(now["rollport_probe_requests_total"], 0);
  };
  load(1000);
  agrees();
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  agrees();
  load(500);
  for (int slot = 0; slot < 2; ++slot) {
    const json worker = fleet.Status()["workers"][0];
    ASSERT_EQ(kill(worker["pid"].get<pid_t>(), SIGKILL), 0);
    ASSERT_TRUE(fleet.Await([&](const json& status) {
      return status["workers"].size() == 3 && status["workers"][0]["pid"] != worker["pid"] &&
             status["workers"][0]["state"] == "serving";
    }));
  }
  agrees();
  load(300);
  agrees();
  const Scrape end(admin_);
  EXPECT_EQ(end["rollport_worker_exits_total{reason=\"signal\"}"], 2);
  EXPECT_EQ(end["rollport_worker_exits_total{reason=\"drained\"}"], 3);
  EXPECT_EQ(end["rollport_worker_restarts_total{slot=\"0\"}"], 2);
  EXPECT_EQ(end["rollport_rolls_total{outcome=\"rolled\"}"], 1);
  EXPECT_EQ(end["rollport_replacements_total{outcome=\"admitted\"}"], 5);
  EXPECT_EQ(end["rollport_phase_duration_seconds_count{phase=\"draining\"}"], 3);
  EXPECT_EQ(end["rollport_last_roll_outcome{outcome=\"rolled\"}"], 1);
  EXPECT_EQ(end["rollport_last_roll_slots_replaced"], 3);
  EXPECT_EQ(end["rollport_promises_broken_total"], 0);
}

std::set<std::string> Names(const Scrape& scrape) {
  std::set<std::string> names;
  for (const auto& [series, value] : scrape.all()) {
    // The generation is that of the living, and so another one after each roll.
    const size_t generation = series.find("generation=\"");
    names.insert(generation == std::string::npos ? series : series.substr(0, generation));
  }
  return names;
}

TEST_F(MetricsTest, FiftyRollsAddNoSeriesAndNoCounterGoesBackwards) {
  FleetProcess fleet({.workers = 2, .admin = admin_, .roll = "min_healthy_time = \"0s\"\n"});
  fleet.Start();
  Load(fleet, 50);
  ASSERT_EQ(fleet.Roll()["outcome"], "rolled");
  ASSERT_TRUE(Tells("rollport_rolls_total{outcome=\"rolled\"}", 1));
  const Scrape first(admin_);
  Scrape last = first;
  for (int i = 2; i <= 50; ++i) {
    ASSERT_EQ(fleet.Roll()["outcome"], "rolled");
    const Scrape now(admin_);
    for (const auto& [series, value] : last.all()) {
      if (series.find("_total") == std::string::npos) continue;
      EXPECT_GE(now[series], value) << series << " in roll " << i;
    }
    last = now;
  }
  ASSERT_TRUE(Tells("rollport_rolls_total{outcome=\"rolled\"}", 50));
  EXPECT_EQ(Names(Scrape(admin_)), Names(first));
  EXPECT_EQ(Scrape(admin_).all().size(), first.all().size());
  EXPECT_EQ(Scrape(admin_)["rollport_http_requests_total{code=\"2xx\"}"], 50);
  EXPECT_THAT(last.text(), testing::Not(HasSubstr("pid=")));
}

TEST_F(MetricsTest, AreThoseOfTheCatalogueAndPleasePromtool) {
  FleetProcess fleet({.workers = 1, .admin = admin_});
  fleet.Start();
  const Finished checked = RunProgram(
      {"/bin/sh", "-c",
       absl::StrCat("curl -s http://", admin_, "/metrics | promtool check metrics 2>&1")});
  EXPECT_EQ(checked.code, 0);
  EXPECT_EQ(checked.out, "");
  std::set<std::string> told, known;
  const std::string text = Scrape(admin_).text();
  for (size_t at = 0; (at = text.find("# TYPE ", at)) != std::string::npos; ++at) {
    told.insert(text.substr(at + 7, text.find(' ', at + 7) - at - 7));
  }
  for (const exposition::Metric* metric : exposition::kCatalogue) {
    // What is only there with worker.metrics.
    if (!metric->name.starts_with("rollport_worker_scrape_")) known.emplace(metric->name);
  }
  EXPECT_EQ(told, known);
}

TEST_F(MetricsTest, UserCodesMetricsAreSummedOverWorkersAndReleases) {
  const std::string shop = ProgramPath("rollport-test-shop");
  FleetProcess fleet({.workers = 2, .command = {shop}, .admin = admin_});
  fleet.Start();
  EXPECT_EQ(RunProgram({"/usr/bin/curl", "-s", fleet.url("/?[1-20]")}).code, 0);
  EXPECT_TRUE(Tells("shop_orders_total{of=\"tea\"}", 20));
  EXPECT_EQ(Scrape(admin_)["shop_open"], 2);
  EXPECT_THAT(Scrape(admin_).text(), HasSubstr("# TYPE shop_price gauge\n"));
  EXPECT_EQ(fleet.Roll({shop, "new"})["outcome"], "rolled");
  EXPECT_EQ(RunProgram({"/usr/bin/curl", "-s", fleet.url("/?[1-5]")}).code, 0);
  EXPECT_TRUE(Tells("shop_orders_total{of=\"tea\"}", 25));
  const Scrape now(admin_);
  EXPECT_EQ(now["shop_open"], 2);
  EXPECT_THAT(now.text(), HasSubstr("# TYPE shop_price histogram\n"));
  EXPECT_EQ(now["shop_price_bucket{le=\"10\"}"], 5);
  EXPECT_EQ(now["rollport_user_metric_conflicts"], 0);
}

TEST_F(MetricsTest, AWorkersOwnExpositionIsShownWithItsSlot) {
  const std::string shop = ProgramPath("rollport-test-shop");
  FleetProcess fleet({.workers = 2,
                      .command = {shop},
                      .admin = admin_,
                      .worker = "metrics = \"http://127.0.0.1:{port}/own\"\n"});
  fleet.Start();
  EXPECT_TRUE(Tells("own_pages_total{slot=\"0\",exported_slot=\"x\"}", 100));
  EXPECT_TRUE(Tells("own_pages_total{slot=\"1\",exported_slot=\"x\"}", 101));
  EXPECT_EQ(Scrape(admin_)["rollport_worker_scrape_up{slot=\"1\"}"], 1);
  EXPECT_EQ(Scrape(admin_)["rollport_worker_scrape_series_dropped"], 2);
  EXPECT_EQ(Scrape(admin_)["rollport_workers"], -1);
  // They are no users' requests.
  EXPECT_EQ(Scrape(admin_).Sum("rollport_http_requests_total"), 0);
}

TEST_F(MetricsTest, ABrokenExpositionBreaksNothing) {
  FleetProcess fleet({.workers = 2,
                      .command = {ProgramPath("rollport-test-shop")},
                      .admin = admin_,
                      .worker = "metrics = \"/broken\"\n"});
  fleet.Start();
  EXPECT_TRUE(Tells("rollport_worker_scrape_up{slot=\"0\"}", 0));
  const Scrape now(admin_);
  EXPECT_EQ(now["rollport_workers{state=\"serving\"}"], 2);
  EXPECT_THAT(now.text(), testing::Not(AnyOf(HasSubstr("html"), HasSubstr("own_pages"))));
}

TEST_F(MetricsTest, ATakenAdminAddressEndsTheStartWithWhatToDo) {
  const os::UniqueFd taken = *os::ListenAlone(*os::SocketAddress::Parse(admin_), 1);
  FleetProcess fleet({.admin = admin_});
  const Finished run = fleet.RunToEnd();
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, AllOf(HasSubstr("bind on " + admin_ + ": Address already in use"),
                             HasSubstr(absl::StrCat("process ", getpid())),
                             HasSubstr("or none by admin = \"\"")));
}

}  // namespace
}  // namespace rollport::integration
