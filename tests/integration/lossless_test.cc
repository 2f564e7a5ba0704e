// Nobody's connection or request is lost while workers are replaced.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/integration/fleet_process.h"
#include "tests/support/delayed_network.h"

namespace rollport::integration {
namespace {

using nlohmann::json;

// Mixed load on every address, until it is told to end.
std::vector<std::string> MixedLoad(const FleetProcess& fleet) {
  std::vector<std::string> words = {ProgramPath("rollport-load"),
                                    "--json",
                                    "--duration",
                                    "inf",
                                    "--rate",
                                    "400",
                                    "--timeout",
                                    "8s",
                                    "--connection-per-request",
                                    "8",
                                    "--keep-alive",
                                    "12",
                                    "--think",
                                    "50ms",
                                    "--idle",
                                    "6",
                                    "--idle-interval",
                                    "1s",
                                    "--slow-readers",
                                    "2",
                                    "--slow-writers",
                                    "2",
                                    "--post",
                                    "4"};
  for (size_t i = 0; i < fleet.addresses().size(); ++i) {
    words.insert(words.end(), {"--url", fleet.url("/page", i), "--expect-size", "10240"});
  }
  return words;
}

// Ends the load; its report.
json EndOf(Program& load) {
  load.Signal(SIGTERM);
  const Finished finished = load.Wait();
  json report = finished.json();
  EXPECT_TRUE(report.is_object()) << finished.out << finished.err;
  return report;
}

void ExpectNothingLost(const json& report) {
  ASSERT_TRUE(report.is_object());
  EXPECT_GT(report["ok"], 0);
  EXPECT_EQ(report["lost"], 0) << report["lost_by_kind"] << report["losses"];
  EXPECT_EQ(report["local_errors"], 0) << report["losses"];
}

void RollUntil(FleetProcess& fleet, int retirements, int workers) {
  for (int retired = 0; retired < retirements; retired += workers) {
    const json verdict = fleet.Roll();
    ASSERT_EQ(verdict["outcome"], "rolled") << verdict;
    EXPECT_EQ(verdict["replaced"], workers);
    EXPECT_EQ(verdict["cut"], 0);
  }
}

std::vector<std::string> BothFamilies() {
  const bool ipv6 = os::Bind(*os::SocketAddress::Parse("[::1]:0")).ok();
  return ipv6 ? std::vector<std::string>{"127.0.0.1", "[::1]"}
              : std::vector<std::string>{"127.0.0.1"};
}

bool MigratesRequests() {
  int value = 0;
  std::ifstream("/proc/sys/net/ipv4/tcp_migrate_req") >> value;
  return value != 0;
}

TEST(LosslessTest, TwoHundredRetirementsUnderMixedLoadLoseNothing) {
  if (MigratesRequests()) GTEST_SKIP() << "tcp_migrate_req is on here, and would help";
  FleetProcess fleet({.workers = 4, .hosts = BothFamilies()});
  fleet.Start();
  Program load(MixedLoad(fleet));
  Program watch({ProgramPath("rollport-watch"), "--interval", "0.0005", fleet.addresses()[0]});
  RollUntil(fleet, 200, 4);
  ExpectNothingLost(EndOf(load));
  watch.Signal(SIGTERM);
  const Finished watched = watch.Wait();
  EXPECT_EQ(watched.code, 0) << watched.out << watched.err;
}

TEST(LosslessTest, ARequestThatTakesTwoSecondsOutlivesTheRetirementOfItsWorker) {
  FleetProcess fleet;
  fleet.Start();
  Program load({ProgramPath("rollport-load"), "--json", "--duration", "inf", "--timeout", "10s",
                "--connection-per-request", "6", "--connections", "6", "--url",
                fleet.url("/debug/sleep?ms=2000")});
  RollUntil(fleet, 6, 3);
  ExpectNothingLost(EndOf(load));
}

TEST(LosslessTest, SixteenSlotsAndASurgeOfFourLoseNothing) {
  FleetProcess fleet(
      {.workers = 16, .roll = "surge = 4\nmin_healthy_time = \"20ms\"\ndrain_timeout = \"10s\"\n"});
  fleet.Start();
  Program load(MixedLoad(fleet));
  RollUntil(fleet, 32, 16);
  ExpectNothingLost(EndOf(load));
}

// The fleet on one host, its clients on another one 100 ms of round trip away.
TEST(LosslessTest, NothingIsLostAtARoundTripOf100Milliseconds) {
  const auto network = DelayedNetwork::Create({.one_way = absl::Milliseconds(50)});
  if (!network.ok()) GTEST_SKIP() << network.status();
  const auto on = [&](DelayedNetwork::Side side) {
    return [&network, side] { return (*network)->Enter(side); };
  };
  FleetProcess fleet({.workers = 4,
                      .hosts = {"10.83.0.1"},
                      .port = 8080,
                      .before_exec = on(DelayedNetwork::Side::kServer)});
  fleet.Start();
  Program load({ProgramPath("rollport-load"), "--json", "--duration", "inf", "--timeout", "10s",
                "--rate", "300", "--connection-per-request", "80", "--keep-alive", "20", "--url",
                fleet.url("/page"), "--expect-size", "10240"},
               on(DelayedNetwork::Side::kClient));
  RollUntil(fleet, 24, 4);
  ExpectNothingLost(EndOf(load));
}

// In a network namespace of its own, where the test may set it.
TEST(LosslessTest, TwoHundredRetirementsWithMigratedRequestsLoseNothing) {
  const auto network = DelayedNetwork::Create({.one_way = absl::ZeroDuration()});
  if (!network.ok()) GTEST_SKIP() << network.status();
  const auto enter = [&network] { return (*network)->Enter(DelayedNetwork::Side::kServer); };
  const auto set =
      (*network)->Run(DelayedNetwork::Side::kServer, [] { return SetMigrateRequests() ? 0 : 1; });
  if (!set.ok() || *set != 0) GTEST_SKIP() << "tcp_migrate_req cannot be set here";
  FleetProcess fleet({.workers = 4, .port = 8080, .before_exec = enter});
  fleet.Start();
  EXPECT_EQ(fleet.Status()["migrate_requests"], true);
  Program load(MixedLoad(fleet), enter);
  RollUntil(fleet, 200, 4);
  ExpectNothingLost(EndOf(load));
}

}  // namespace
}  // namespace rollport::integration
