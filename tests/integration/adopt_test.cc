// A controller that dies costs nothing: its workers serve on, and the next one takes them over.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/child.h"
#include "os/proc.h"
#include "tests/integration/clients.h"
#include "tests/integration/fleet_process.h"
#include "tests/support/eventually.h"

namespace rollport::integration {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// The processes that serve, by slot.
std::map<int, pid_t> Serving(const json& status) {
  std::map<int, pid_t> pids;
  for (const json& worker : status["workers"]) {
    if (worker["state"] == "serving" && worker["share"] > 0) pids[worker["slot"]] = worker["pid"];
  }
  return pids;
}

std::string RecordPath(const FleetProcess& fleet) { return fleet.folder() + "/state/fleet.state"; }

// What the log says with this event.
std::string Said(const FleetProcess& fleet, const std::string& kind) {
  for (const json& event : fleet.Events()) {
    if (event["event"] == kind) return event.value("reason", event.dump());
  }
  return "";
}

// Ends those that no controller knows any more.
void EndStrangers(const std::map<int, pid_t>& pids) {
  for (const auto& [slot, pid] : pids) kill(pid, SIGKILL);
  for (const auto& [slot, pid] : pids) {
    EXPECT_TRUE(Eventually([pid = pid] { return !Runs(pid); }));
  }
}

TEST(AdoptTest, AFleetOutlivesItsControllerAndTheNextOneTakesItOver) {
  FleetProcess fleet({.workers = 4});
  fleet.Start();
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  const std::map<int, pid_t> before = Serving(fleet.Status());
  {
    const Clients clients(fleet);
    fleet.KillController();
    fleet.StartAgain();
    ASSERT_TRUE(fleet.AwaitSteady(2)) << fleet.log();
    EXPECT_EQ(Serving(fleet.Status()), before);
    EXPECT_EQ(fleet.Status()["foreign_listeners"], 0);
    EXPECT_EQ(fleet.Status()["steering"], "cbpf") << fleet.log();
    EXPECT_THAT(Said(fleet, "FleetTakenOver"),
                HasSubstr("4 workers of generation 2 found serving"));
    EXPECT_EQ(fleet.Told("FleetStarted"), 1);

    const json verdict = fleet.Roll();
    EXPECT_EQ(verdict["outcome"], "rolled") << verdict;
    EXPECT_EQ(verdict["generation"], 3);
    EXPECT_EQ(verdict["cut"], 0);
    for (const auto& [slot, pid] : before) EXPECT_FALSE(Runs(pid)) << pid;
    // Once more, with workers of both kinds of parents behind it.
    fleet.KillController();
    fleet.StartAgain();
    ASSERT_TRUE(fleet.AwaitSteady(3)) << fleet.log();
    EXPECT_EQ(fleet.Call({"undo"}).code, 0) << fleet.log();
    EXPECT_TRUE(fleet.AwaitSteady(2)) << fleet.log();
  }
  EXPECT_EQ(fleet.Told("SteeringLost"), 0) << fleet.log();
  fleet.Stop();
}

TEST(AdoptTest, TheBytesOfAGenerationAreHadAgainFromItsWorkers) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  fleet.KillController();
  // As an installer does it: what runs is not on disk any more.
  std::filesystem::copy_file(fleet.server(), fleet.folder() + "/new");
  std::filesystem::rename(fleet.folder() + "/new", fleet.server());
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  WriteFile(fleet.folder() + "/bad", "#!/bin/sh\nexit 1\n");
  std::filesystem::permissions(fleet.folder() + "/bad", std::filesystem::perms::owner_all);
  std::filesystem::rename(fleet.folder() + "/bad", fleet.server());
  const pid_t victim = Serving(fleet.Status())[0];
  kill(victim, SIGKILL);
  EXPECT_TRUE(fleet.Await([victim](const json& s) {
    return Serving(s).size() == 2 && Serving(s)[0] != victim;
  })) << fleet.log();
  // The copy that the killed one was launched from is had again too.
  fleet.KillController();
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  kill(Serving(fleet.Status())[1], SIGKILL);
  EXPECT_TRUE(fleet.Await([](const json& s) { return Serving(s).size() == 2; })) << fleet.log();
}

TEST(AdoptTest, ARollThatWasUnderWayGoesBack) {
  FleetProcess fleet({.workers = 4,
                      .roll = "min_healthy_time = \"300ms\"\n"
                              "drain_timeout = \"10s\"\n"});
  fleet.Start();
  const Clients clients(fleet);
  ASSERT_EQ(fleet.Call({"roll", "--detach"}).code, 0);
  ASSERT_TRUE(fleet.Await([](const json& s) {
    return std::ranges::count_if(s["workers"], [](const json& w) {
             return w["generation"] == 2 && w["state"] == "serving";
           }) == 2;
  })) << fleet.log();
  const int64_t number = fleet.Status()["roll"]["number"];
  fleet.KillController();
  fleet.StartAgain();
  const json taken_over = fleet.Status();
  EXPECT_EQ(taken_over["state"], "reverting") << taken_over;
  EXPECT_EQ(taken_over["roll"]["number"], number);
  EXPECT_THAT(fleet.Call({"roll", "--detach"}).err, HasSubstr("is under way (reverting"));
  ASSERT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  EXPECT_TRUE(fleet.Await([](const json& s) { return s["workers"].size() == 4; })) << fleet.log();
  EXPECT_THAT(Said(fleet, "RollLost"), HasSubstr("going back to generation 1"));
  const json rolls = fleet.Call({"history"}).json()["rolls"];
  ASSERT_EQ(rolls.size(), 1U) << rolls;
  EXPECT_EQ(rolls[0]["number"], number);
  EXPECT_EQ(rolls[0]["verdict"]["outcome"], "reverted");
  EXPECT_EQ(rolls[0]["verdict"]["reason"], "the controller of the roll has ended");
  EXPECT_EQ(fleet.Roll()["generation"], 3);
}

TEST(AdoptTest, ARollThatGoesBackToLostBytesHasFailed) {
  FleetProcess fleet({.workers = 2, .roll = "min_healthy_time = \"0s\"\nwatch = \"1h\"\n"});
  fleet.Start();
  std::filesystem::copy_file(fleet.server(), fleet.folder() + "/new");
  std::filesystem::rename(fleet.folder() + "/new", fleet.server());
  ASSERT_EQ(fleet.Call({"roll", "--detach"}).code, 0);
  // Every slot is replaced, and the roll watches the new workers.
  ASSERT_TRUE(fleet.Await([](const json& s) {
    return s["workers"].size() == 2 &&
           std::ranges::all_of(s["workers"], [](const json& w) { return w["generation"] == 2; });
  })) << fleet.log();
  fleet.KillController();
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  const json rolls = fleet.Call({"history"}).json()["rolls"];
  ASSERT_EQ(rolls.size(), 1U) << rolls;
  EXPECT_EQ(rolls[0]["verdict"]["outcome"], "failed") << rolls;
  EXPECT_THAT(rolls[0]["verdict"]["reason"].get<std::string>(),
              HasSubstr("generation 1 is started from what is on disk now"));
}

TEST(AdoptTest, AWayBackThatWasAskedForIsStillThat) {
  FleetProcess fleet({.workers = 4, .roll = "min_healthy_time = \"500ms\"\n"});
  fleet.Start();
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled") << fleet.log();
  ASSERT_EQ(fleet.Call({"undo", "--detach"}).code, 0);
  const auto serve_again = [](const json& s) {
    return std::ranges::count_if(s["workers"], [](const json& w) {
      return w["generation"] == 1 && w["state"] == "serving";
    });
  };
  ASSERT_TRUE(fleet.Await([&](const json& s) { return serve_again(s) == 2; })) << fleet.log();
  ASSERT_EQ(fleet.Call({"abort", "--detach"}).code, 0);
  fleet.KillController();
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(2)) << fleet.log();
  ASSERT_TRUE(fleet.Await([&](const json& s) { return serve_again(s) == 0; })) << fleet.log();
  const json rolls = fleet.Call({"history"}).json()["rolls"];
  ASSERT_EQ(rolls.size(), 1U) << rolls;
  EXPECT_EQ(rolls[0]["kind"], "undo");
  EXPECT_EQ(rolls[0]["verdict"]["outcome"], "aborted") << rolls;
  EXPECT_EQ(rolls[0]["verdict"]["reason"], "asked to abort");
}

// The former program steers until the order is proven: meanwhile the kernel's hash would choose
// among all members, and half of them answer nothing.
TEST(AdoptTest, NobodyIsSentToDarkWorkersMeanwhile) {
  FleetProcess fleet({.workers = 3,
                      .roll = "surge = 3\nmin_healthy_time = \"20ms\"\n"
                              "healthy_deadline = \"1h\"\n"
                              "handshake_timeout = \"100ms\"\ndrain_timeout = \"100ms\"\n"});
  fleet.Start();
  std::vector<std::string> roll = {"roll", "--detach", "--"};
  for (const std::string& word : fleet.ServerCommand({"--fault", "hang-after-ready"}))
    roll.push_back(word);
  ASSERT_EQ(fleet.Call(roll).code, 0);
  ASSERT_TRUE(fleet.Await([](const json& s) {
    return std::ranges::count_if(s["workers"],
                                 [](const json& w) { return w["state"] == "ready"; }) == 3;
  })) << fleet.log();
  Program load({ProgramPath("rollport-load"), "--json", "--duration", "inf", "--rate", "2000",
                "--connection-per-request", "16", "--url", fleet.url("/page")});
  fleet.KillController();
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  EXPECT_TRUE(fleet.Await([](const json& s) { return s["workers"].size() == 3; })) << fleet.log();
  load.Signal(SIGTERM);
  const json report = load.Wait().json();
  EXPECT_GT(report["ok"], 0);
  EXPECT_EQ(report["lost"], 0) << report["lost_by_kind"];
}

TEST(AdoptTest, ACanaryThatWaitedIsRetired) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  const Clients clients(fleet);
  ASSERT_EQ(fleet.Call({"roll", "--detach", "--canary", "20%"}).code, 0);
  ASSERT_TRUE(fleet.AwaitPaused()) << fleet.log();
  const std::map<int, pid_t> before = Serving(fleet.Status());
  fleet.KillController();
  fleet.StartAgain();
  EXPECT_TRUE(fleet.Await([](const json& s) {
    return s["state"] == "steady" && s["workers"].size() == 2;
  })) << fleet.log();
  EXPECT_EQ(Serving(fleet.Status()), before);
  EXPECT_TRUE(fleet.AwaitSteady(1));
}

TEST(AdoptTest, AWorkerThatDiedMeanwhileIsLaunchedAnew) {
  FleetProcess fleet({.workers = 3});
  fleet.Start();
  std::map<int, pid_t> before = Serving(fleet.Status());
  fleet.KillController();
  kill(before[1], SIGKILL);
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  std::map<int, pid_t> after = Serving(fleet.Status());
  EXPECT_NE(after[1], before[1]);
  before.erase(1);
  after.erase(1);
  EXPECT_EQ(after, before);
}

TEST(AdoptTest, AWorkerThatDrainsFinishesItsRequest) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  const std::map<int, pid_t> before = Serving(fleet.Status());
  Program slow_a({"/usr/bin/curl", "-s", "-w", "%{http_code}", fleet.url("/debug/sleep?ms=2500")});
  Program slow_b({"/usr/bin/curl", "-s", "-w", "%{http_code}", fleet.url("/debug/sleep?ms=2500")});
  ASSERT_TRUE(fleet.Await([](const json& s) {
    int64_t open = 0;
    for (const json& worker : s["workers"]) open += worker["connections"].get<int64_t>();
    return open >= 2;
  }));
  ASSERT_EQ(fleet.Call({"roll", "--detach"}).code, 0);
  ASSERT_TRUE(fleet.AwaitSteady(2)) << fleet.log();
  ASSERT_GT(fleet.Status()["workers"].size(), 2U) << "none drains";
  fleet.KillController();
  fleet.StartAgain();
  ASSERT_TRUE(fleet.Await([](const json& s) {
    return std::ranges::any_of(s["workers"],
                               [](const json& w) { return w["state"] == "draining"; });
  })) << fleet.log();
  EXPECT_THAT(slow_a.Wait().out, HasSubstr("200"));
  EXPECT_THAT(slow_b.Wait().out, HasSubstr("200"));
  EXPECT_TRUE(fleet.Await([](const json& s) { return s["workers"].size() == 2; })) << fleet.log();
  for (const auto& [slot, pid] : before) EXPECT_FALSE(Runs(pid)) << pid;
}

TEST(AdoptTest, AStopEndsWorkersThatWereTakenOver) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  fleet.KillController();
  fleet.StartAgain();
  fleet.Stop(true);
}

TEST(AdoptTest, ARunThatCannotStartLeavesTheFleetAsItIs) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  const std::map<int, pid_t> before = Serving(fleet.Status());
  fleet.KillController();
  const std::string good = ReadFile(fleet.file());
  // The address is somebody else's.
  WriteFile(fleet.file(),
            std::regex_replace(good, std::regex("admin = \"\""),
                               absl::StrCat("admin = \"", fleet.addresses()[0], "\"")));
  const Finished failed = RunProgram({ProgramPath("rollport"), "-f", fleet.file(), "run"});
  EXPECT_NE(failed.code, 0);
  WriteFile(fleet.file(), good);
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  EXPECT_EQ(Serving(fleet.Status()), before);
}

// Kills the worker of slot 1, and puts a process in its place that is no worker, but leads a group
// of its own as one does. REQUIRES: the controller is dead.
os::Child ReplaceByStranger(pid_t worker) {
  kill(worker, SIGKILL);
  return *os::Child::Launch(
      {.path = "/bin/sleep", .argv = {"sleep", "1000"}, .new_process_group = true});
}

// What the record says of the worker of slot 1 is overwritten by `changes`.
void ChangeRecord(const FleetProcess& fleet, const json& changes) {
  json record = json::parse(ReadFile(RecordPath(fleet)));
  for (json& worker : record["workers"]) {
    if (worker["slot"] == 1) worker.update(changes);
  }
  WriteFile(RecordPath(fleet), record.dump());
}

void ExpectAliveAndEnd(os::Child& stranger) {
  EXPECT_FALSE(stranger.Ended());
  EXPECT_TRUE(stranger.Signal(SIGKILL).ok());
  EXPECT_TRUE(stranger.Wait().ok());
}

TEST(AdoptTest, AProcessThatHasAWorkersPidNowIsLeftAlone) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  const std::map<int, pid_t> before = Serving(fleet.Status());
  fleet.KillController();
  os::Child stranger = ReplaceByStranger(before.at(1));
  // It began at another time.
  ChangeRecord(fleet, {{"pid", stranger.pid()}});
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  EXPECT_THAT(Said(fleet, "FleetTakenOver"), HasSubstr("1 worker of generation 1"));
  EXPECT_EQ(Serving(fleet.Status())[0], before.at(0));
  EXPECT_NE(Serving(fleet.Status())[1], stranger.pid());
  fleet.Stop();
  ExpectAliveAndEnd(stranger);
}

TEST(AdoptTest, ARecordThatNamesAnotherLiveProcessDoesNotHaveItKilled) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  const std::map<int, pid_t> before = Serving(fleet.Status());
  fleet.KillController();
  os::Child stranger = ReplaceByStranger(before.at(1));
  ChangeRecord(fleet, {{"pid", stranger.pid()}, {"start_time", *os::StartTime(stranger.pid())}});
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  EXPECT_THAT(Said(fleet, "FleetTakenOver"), HasSubstr("1 worker of generation 1"));
  for (const json& event : fleet.Events()) {
    if (event["event"] != "FoundProcessRefused") continue;
    EXPECT_EQ(event["pid"], stranger.pid());
    EXPECT_EQ(event["level"], "warning");
  }
  EXPECT_EQ(fleet.Told("FoundProcessRefused"), 1) << fleet.log();
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  fleet.Stop();
  ExpectAliveAndEnd(stranger);
}

TEST(AdoptTest, AWorkerThatWasLaunchedAndNotNotedYetIsEnded) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  const std::map<int, pid_t> before = Serving(fleet.Status());
  fleet.KillController();
  json record = json::parse(ReadFile(RecordPath(fleet)));
  record["workers"].erase(1);
  WriteFile(RecordPath(fleet), record.dump());
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  std::map<int, pid_t> after = Serving(fleet.Status());
  const int gone = after[0] == before.at(0) ? 1 : 0;
  EXPECT_EQ(after[1 - gone], before.at(1 - gone));
  EXPECT_NE(after[gone], before.at(gone));
  EXPECT_FALSE(Runs(before.at(gone)));
  EXPECT_EQ(fleet.Status()["foreign_listeners"], 0);
}

TEST(AdoptTest, IfTheRecordIsSpoiltTheOneBeforeItIsUsed) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  const std::map<int, pid_t> before = Serving(fleet.Status());
  fleet.KillController();
  WriteFile(RecordPath(fleet), ReadFile(RecordPath(fleet)).substr(0, 100));
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  EXPECT_THAT(Said(fleet, "FleetRecordIgnored"), HasSubstr("fleet.state.old"));
  EXPECT_EQ(fleet.Told("FleetTakenOver"), 1) << fleet.log();
  EXPECT_EQ(Serving(fleet.Status()), before);
  fleet.Stop();
}

TEST(AdoptTest, IfBothAreSpoiltTheFormerWorkersAreNamed) {
  FleetProcess fleet({.workers = 1});
  fleet.Start();
  const std::map<int, pid_t> before = Serving(fleet.Status());
  fleet.KillController();
  for (const std::string& path : {RecordPath(fleet), RecordPath(fleet) + ".old"}) {
    WriteFile(path, ReadFile(path).substr(0, 100));
  }
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  EXPECT_THAT(Said(fleet, "FleetRecordIgnored"), HasSubstr("fleet.state"));
  EXPECT_THAT(Said(fleet, "FleetRecordIgnored"),
              HasSubstr(absl::StrCat("kill -TERM ", before.at(0))));
  for (const json& event : fleet.Events()) {
    EXPECT_TRUE(event["event"] != "FleetRecordIgnored" || event["level"] == "warning") << event;
  }
  EXPECT_NE(Serving(fleet.Status()), before);
  EndStrangers(before);
}

TEST(AdoptTest, WorkersThatCouldNotBeRecordedAreLeftServing) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  const Clients clients(fleet);
  const std::map<int, pid_t> recorded = Serving(fleet.Status());
  // Nothing can be written there now.
  std::filesystem::create_directory(RecordPath(fleet) + ".new");
  ASSERT_EQ(fleet.Call({"restart", "0"}).code, 0) << fleet.log();
  EXPECT_EQ(fleet.Told("FleetRecordFailed"), 1) << fleet.log();
  EXPECT_THAT(fleet.Status()["record_trouble"].get<std::string>(), HasSubstr("fleet.state.new"));
  const pid_t unrecorded = Serving(fleet.Status())[0];
  ASSERT_NE(unrecorded, recorded.at(0));
  fleet.KillController();
  std::filesystem::remove(RecordPath(fleet) + ".new");
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  EXPECT_EQ(Serving(fleet.Status())[1], recorded.at(1));
  EXPECT_TRUE(Runs(unrecorded));
  EXPECT_THAT(Said(fleet, "FleetRecordIgnored"),
              HasSubstr(absl::StrCat("kill -TERM ", unrecorded)));
  EXPECT_EQ(fleet.Status()["foreign_listeners"], 1);
  EXPECT_FALSE(fleet.Status().contains("record_trouble"));
  kill(unrecorded, SIGTERM);
  EXPECT_TRUE(Eventually([&] { return !Runs(unrecorded); }));
}

TEST(AdoptTest, AChangedFleetFileIsTakenUpByTheNextRoll) {
  FleetProcess fleet({.workers = 2});
  fleet.Start();
  const std::map<int, pid_t> before = Serving(fleet.Status());
  fleet.KillController();
  fleet.Rewrite({.workers = 3});
  fleet.StartAgain();
  EXPECT_TRUE(fleet.Await([&](const json& s) {
    return s["state"] == "steady" && Serving(s) == before;
  })) << fleet.log();
  EXPECT_THAT(Said(fleet, "FleetFileChanged"), HasSubstr("the next roll"));
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  EXPECT_TRUE(fleet.AwaitSteady(2)) << fleet.log();
}

TEST(AdoptTest, TwoControllersAtOnceRemainImpossible) {
  FleetProcess fleet({.workers = 1});
  fleet.Start();
  fleet.KillController();
  fleet.StartAgain();
  ASSERT_TRUE(fleet.AwaitSteady(1));
  const Finished second = RunProgram({ProgramPath("rollport"), "-f", fleet.file(), "run"});
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.err, HasSubstr(absl::StrCat("process ", fleet.controller().pid())));
  EXPECT_TRUE(fleet.AwaitSteady(1));
}

}  // namespace
}  // namespace rollport::integration
