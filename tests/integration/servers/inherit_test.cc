// listener = "inherit", and the words of sd_notify, with a server written for systemd.
#include <signal.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/proc.h"
#include "tests/integration/servers/load.h"

namespace rollport::integration {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

constexpr char kInherit[] = "listener = \"inherit\"\n";
constexpr char kByConnection[] = "path = \"/\"\ninterval = \"10ms\"\nsteady_interval = \"10ms\"\n";
constexpr char kQuick[] =
    "min_healthy_time = \"20ms\"\nhealthy_deadline = \"3s\"\ndrain_timeout = \"5s\"\n";

FleetOptions Activated(std::vector<std::string> flags = {}, const std::string& worker = kInherit) {
  FleetOptions options{.workers = 2, .worker = worker, .roll = kQuick, .health = kByConnection};
  options.command = {ProgramPath("rollport-test-activated")};
  options.command.insert(options.command.end(), flags.begin(), flags.end());
  return options;
}

TEST(InheritTest, ASystemdActivatedProgramLosesNoFreshConnection) {
  FleetOptions options = Activated();
  options.hosts = {"127.0.0.1", "[::1]"};
  FleetProcess fleet(std::move(options));
  fleet.Start();
  const FreshConnections load(fleet);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(fleet.Roll()["outcome"], "rolled") << fleet.log();
  EXPECT_EQ(fleet.Status()["steering"], "cbpf");
}

TEST(InheritTest, StandardInputIsTheListenerWhereThatIsWanted) {
  FleetProcess fleet(Activated({"--stdin"}, absl::StrCat(kInherit, "listener_fd = 0\n")));
  fleet.Start();
  const FreshConnections load(fleet);
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled") << fleet.log();
}

// rollport's own workers take inherited listeners too.
TEST(InheritTest, ALibraryWorkerTakesItsListenersFromListenFds) {
  FleetProcess fleet({.workers = 2, .worker = kInherit});
  fleet.Start();
  const FreshConnections load(fleet, "/page");
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled") << fleet.log();
  EXPECT_EQ(fleet.Status()["workers"][0]["counts"], true) << "its page is lost";
}

TEST(InheritTest, ListenersOfAProgramThatCannotBeExecutedAreGone) {
  FleetProcess fleet(Activated());
  fleet.Start();
  // Nobody can tell before the launch: the name is relative to the worker's folder.
  WriteFile(fleet.folder() + "/broken", "#!no/such/interpreter\n");
  EXPECT_EQ(chmod((fleet.folder() + "/broken").c_str(), 0755), 0);
  {
    const FreshConnections load(fleet);
    EXPECT_EQ(fleet.Roll({fleet.folder() + "/broken"})["outcome"], "reverted");
  }
  EXPECT_EQ(fleet.Status()["foreign_listeners"], 0);
  EXPECT_TRUE(fleet.AwaitSteady(1));
}

TEST(NotifyTest, StatusIsShown) {
  FleetProcess fleet(Activated({"--say", "STATUS=warm,\a 3 of 4 caches"}));
  fleet.Start();
  EXPECT_TRUE(fleet.Await([](const json& status) {
    return Serving(status, 0)["status_text"] == R"(warm,\x07 3 of 4 caches)";
  })) << fleet.Status();
  const Finished text = RunProgram({ProgramPath("rollport"), "-f", fleet.file(), "status"});
  EXPECT_THAT(text.out, HasSubstr(R"(warm,\x07 3 of 4 caches)"));
}

TEST(NotifyTest, AWorkerThatMissesItsWatchdogIsKilledAndReplaced) {
  FleetProcess fleet(
      Activated({"--hang-after", "3"}, absl::StrCat(kInherit, "watchdog = \"400ms\"\n")));
  fleet.Start();
  const json before = fleet.Status();
  EXPECT_TRUE(fleet.Await([&](const json& status) {
    const json worker = Serving(status, 0);
    return !worker.is_null() && worker["pid"] != Serving(before, 0)["pid"];
  })) << fleet.log();
  EXPECT_THAT(fleet.log(), HasSubstr("was not heard of for 400ms (watchdog), killed by signal 9"));
}

TEST(NotifyTest, AWorkerThatKeepsItsWatchdogLives) {
  FleetProcess fleet(Activated({}, absl::StrCat(kInherit, "watchdog = \"300ms\"\n")));
  fleet.Start();
  // A roll takes longer than the watchdog's patience by its min_healthy_time alone.
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  EXPECT_THAT(fleet.log(), testing::Not(HasSubstr("watchdog")));
}

TEST(NotifyTest, AWorkerMayReportItselfByItsWatchdog) {
  FleetProcess fleet(Activated());
  fleet.Start();
  const json verdict =
      fleet.Roll({ProgramPath("rollport-test-activated"), "--say", "WATCHDOG=trigger"});
  EXPECT_EQ(verdict["outcome"], "reverted");
  EXPECT_THAT(verdict["reason"].get<std::string>(), HasSubstr("reported by its own watchdog"));
}

TEST(NotifyTest, ASlowStartMayAskForTime) {
  FleetOptions options = Activated({"--slow-start"});
  options.roll = "min_healthy_time = \"20ms\"\nhealthy_deadline = \"400ms\"\n";
  FleetProcess fleet(std::move(options));
  fleet.Start();
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
}

TEST(NotifyTest, AServerThatForksLivesOnAsItsMainProcess) {
  FleetProcess fleet(Activated({"--forks"}));
  fleet.Start();
  const pid_t main = Serving(fleet.Status(), 0)["pid"];
  EXPECT_EQ(getsid(main), main) << "not the forked one";
  {
    const FreshConnections load(fleet);
    EXPECT_EQ(fleet.Roll()["outcome"], "rolled") << fleet.log();
  }
  // Its death is seen like any other.
  const pid_t victim = Serving(fleet.Status(), 1)["pid"];
  kill(victim, SIGKILL);
  EXPECT_TRUE(fleet.Await([&](const json& status) {
    const json worker = Serving(status, 1);
    return !worker.is_null() && worker["pid"] != victim;
  })) << fleet.log();
  EXPECT_THAT(fleet.log(), HasSubstr("killed by signal 9"));
}

TEST(NotifyTest, AProcessThatIsNotItsOwnIsNoWorkersMainProcess) {
  FleetProcess fleet(Activated({"--say", "MAINPID=1", "--times", "30"}));
  fleet.Start();
  EXPECT_THAT(fleet.log(),
              AllOf(HasSubstr("MainProcessRefused"), HasSubstr("process 1 is none of its own")));
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  // Once of each worker.
  EXPECT_EQ(fleet.Told("MainProcessRefused"), 4) << fleet.log();
}

}  // namespace
}  // namespace rollport::integration
