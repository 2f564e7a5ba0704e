// One of a fleet's addresses is taken from the host, in a network namespace of the test's own.
#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/fleet_process.h"
#include "tests/support/delayed_network.h"

namespace rollport::integration {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class LostAddressTest : public testing::Test {
 protected:
  void SetUp() override {
    auto network = DelayedNetwork::Create({.one_way = absl::ZeroDuration()});
    if (!network.ok()) GTEST_SKIP() << network.status();
    network_ = *std::move(network);
    if (!Do("ip address show >/dev/null")) GTEST_SKIP() << "needs ip(8)";
  }
  bool Do(const char* command) const {
    const auto done = network_->Run(DelayedNetwork::Side::kServer, [command] {
      return std::system(command) == 0 ? 0 : 1;  // NOLINT(cert-env33-c): one thread, fixed words
    });
    return done.ok() && *done == 0;
  }
  bool TakeAddress() const { return Do("ip address del 10.83.0.1/24 dev delayed"); }
  FleetOptions Options() const {
    return {.workers = 2,
            .hosts = {"127.0.0.1", "10.83.0.1"},
            .port = 8080,
            .roll =
                "min_healthy_time = \"300ms\"\nhealthy_deadline = \"1s\"\n"
                "handshake_timeout = \"300ms\"\ndrain_timeout = \"1s\"\n",
            .health = "interval = \"20ms\"\nsteady_interval = \"20ms\"\ntimeout = \"300ms\"\n",
            .before_exec = [this] { return network_->Enter(DelayedNetwork::Side::kServer); }};
  }

  std::unique_ptr<DelayedNetwork> network_;
};

int ServedBy(const json& status, int64_t generation) {
  int slots = 0;
  for (const json& worker : status["workers"]) {
    slots += worker["state"] == "serving" && worker["generation"] == generation;
  }
  return slots;
}

TEST_F(LostAddressTest, InARollItsVerdictIsNotRevertedAndATakeOverGoesOnWithTheOthers) {
  FleetProcess fleet(Options());
  fleet.Start();
  ASSERT_EQ(fleet.Call({"roll", "--detach"}).code, 0);
  ASSERT_TRUE(fleet.Await([](const json& status) { return ServedBy(status, 2) == 1; }));
  ASSERT_TRUE(TakeAddress());
  json verdict;
  EXPECT_TRUE(fleet.Await([&](const json&) {
    const json history = json::parse(fleet.Call({"history"}).out);
    if (history["rolls"].empty()) return false;
    verdict = history["rolls"].back().value("verdict", json());
    return verdict.is_object();
  })) << fleet.log();
  ASSERT_TRUE(verdict.is_object());
  EXPECT_EQ(ServedBy(fleet.Status(), 2), 1);
  EXPECT_EQ(verdict["outcome"], "failed") << verdict;
  EXPECT_EQ(verdict["replaced"], 1);
  EXPECT_THAT(verdict["reason"].get<std::string>(), HasSubstr("on the way back slot 0"));

  fleet.KillController();
  fleet.StartAgain();
  EXPECT_EQ(fleet.Told("AddressLost"), 1) << fleet.log();
  EXPECT_THAT(fleet.log(), HasSubstr("10.83.0.1:8080"));
  // What could not be had before is possible now: every slot goes back.
  EXPECT_TRUE(fleet.Await([](const json& status) {
    return status["state"] == "steady" && ServedBy(status, 1) == 2;
  })) << fleet.log();
}

TEST_F(LostAddressTest, ARollIsRefusedUntilTheHostHasTheAddressAgain) {
  FleetProcess fleet(Options());
  fleet.Start();
  fleet.KillController();
  ASSERT_TRUE(TakeAddress());
  fleet.StartAgain();
  EXPECT_EQ(fleet.Told("AddressLost"), 1) << fleet.log();
  const Finished refused = fleet.Call({"roll"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.out + refused.err, HasSubstr("10.83.0.1:8080: Cannot assign requested"));
  ASSERT_TRUE(Do("ip address add 10.83.0.1/24 dev delayed"));
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled") << fleet.log();
}

}  // namespace
}  // namespace rollport::integration
