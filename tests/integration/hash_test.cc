// Where the kernel or a sandbox refuses the steering program.
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/fleet_process.h"
#include "tests/support/refusal.h"

namespace rollport::integration {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

struct Sandbox {
  const char* name;
  Refusal refusal;
  const char* reason;  // what status and log quote
};

class HashTest : public testing::TestWithParam<Sandbox> {};

TEST_P(HashTest, TheFleetServesAndRollsByHashAndSaysSoOnce) {
  FleetProcess fleet({.before_exec = [] { return Refuse({GetParam().refusal}); }});
  fleet.Start();
  const json status = fleet.Status();
  EXPECT_EQ(status["steering"], "hash");
  EXPECT_THAT(status["steering_reason"].get<std::string>(), HasSubstr(GetParam().reason));
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("1"));

  const json verdict = fleet.Roll();
  EXPECT_EQ(verdict["outcome"], "rolled") << verdict;
  EXPECT_TRUE(fleet.AwaitSteady(2));
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("2"));

  // A worker that dies is replaced, as ever.
  const pid_t victim = fleet.Status()["workers"][0]["pid"];
  kill(victim, SIGKILL);
  EXPECT_TRUE(fleet.Await([victim](const json& s) {
    return s["workers"].size() == 3 && s["workers"][0]["pid"] != victim &&
           s["workers"][0]["state"] == "serving";
  }));
  EXPECT_EQ(fleet.Told("SteeringLost"), 1) << fleet.log();
  EXPECT_THAT(fleet.log(), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Sandboxes, HashTest,
    testing::Values(Sandbox{"NoProgram",
                            {SYS_setsockopt, EPERM, {{2, SO_ATTACH_REUSEPORT_CBPF}}},
                            "SO_ATTACH_REUSEPORT_CBPF"},
                    // As under Yama, where the controller may not look into its workers.
                    Sandbox{"NoDescriptorsOfWorkers", {SYS_pidfd_getfd, EPERM, {}}, "pidfd_getfd"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace rollport::integration
