// Nothing is left behind: no process, socket, file or descriptor. What every test here expects of a
// stop (FleetProcess::ExpectNothingLeft) is expected of the hard cases too.
#include <signal.h>

#include <filesystem>
#include <regex>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/fleet_process.h"

namespace rollport::integration {
namespace {

using nlohmann::json;
using testing::HasSubstr;

size_t Descriptors(pid_t pid) {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/fd"))) {
    ++count;
  }
  return count;
}

// A roll, a roll that is reverted, and a death.
void Trouble(FleetProcess& fleet) {
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  EXPECT_EQ(fleet.Roll(fleet.ServerCommand({"--fault", "exit-at-start"}))["outcome"], "reverted");
  const pid_t victim = fleet.Status()["workers"][0]["pid"];
  kill(victim, SIGKILL);
  EXPECT_TRUE(fleet.Await([victim](const json& s) {
    return s["state"] == "steady" && s["workers"].size() == 2 && s["workers"][0]["pid"] != victim &&
           s["workers"][0]["share"] > 0;
  })) << fleet.log();
}

TEST(LeftoversTest, TheControllerKeepsNoDescriptorOfWhatIsOver) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  // As many generations as are kept (their bytes are a descriptor each).
  for (int i = 0; i < 5; ++i) Trouble(fleet);
  const size_t before = Descriptors(fleet.controller().pid());
  for (int i = 0; i < 4; ++i) Trouble(fleet);
  // Each worker may have a connection that is kept for its next probe.
  EXPECT_TRUE(fleet.Await([&](const json&) {
    return Descriptors(fleet.controller().pid()) <= before + 2;
  })) << before
      << " before, " << Descriptors(fleet.controller().pid()) << " now";
}

TEST(LeftoversTest, AStopInTheMiddleOfARollLeavesNothing) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  const std::string patient = ReadFile(fleet.file()) + "healthy_deadline = \"1h\"\n";
  WriteFile(fleet.file(), std::regex_replace(patient, std::regex("min_healthy_time = \"20ms\""),
                                             "min_healthy_time = \"10m\""));
  ASSERT_EQ(fleet.Call({"roll", "--detach"}).code, 0);
  EXPECT_TRUE(fleet.Await([](const json& s) {
    return s["state"] == "rolling" && s["workers"].size() == 3 &&
           s["workers"][1]["state"] == "ready";
  })) << fleet.log();
  fleet.Stop();
}

TEST(LeftoversTest, AStopWithAWorkerThatDoesNotListenToSignalsLeavesNothing) {
  FleetProcess fleet({.roll = "min_healthy_time = \"20ms\"\ndrain_timeout = \"300ms\"\n"});
  fleet.Start();
  kill(fleet.Status()["workers"][0]["pid"].get<pid_t>(), SIGSTOP);
  fleet.Stop();
}

TEST(LeftoversTest, AStopWithChildrenOfWorkersLeavesNothing) {
  FleetProcess fleet({.workers = 2, .command = {ProgramPath("rollport-test-leaker")}});
  fleet.Start();
  for (int i = 0; i < 8; ++i) (void)RunProgram({"/usr/bin/curl", "-s", fleet.url("/fork")});
  fleet.Stop();
}

TEST(LeftoversTest, AStartThatFailsAtItsDeadlineLeavesNothing) {
  FleetProcess fleet(
      {.command = {ProgramPath("rollport-httpd"), "--debug-endpoints", "--fault", "never-ready"},
       .roll = "min_healthy_time = \"20ms\"\nhealthy_deadline = \"300ms\"\n"});
  const Finished run = fleet.RunToEnd();
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr("was not ready in time"));
}

TEST(LeftoversTest, AStartThatFindsNoProgramLeavesNothing) {
  FleetProcess fleet({.command = {"/no/such/program"}});
  const Finished run = fleet.RunToEnd();
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("/no/such/program"));
}

}  // namespace
}  // namespace rollport::integration
