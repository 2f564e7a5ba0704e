// A bad release, a dying worker, a taken port: what a failure costs.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/errno_status.h"
#include "os/proc.h"
#include "os/socket.h"
#include "tests/integration/clients.h"
#include "tests/integration/fleet_process.h"

namespace rollport::integration {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

const char kShortDeadline[] =
    "min_healthy_time = \"20ms\"\nhealthy_deadline = \"1s\"\nhandshake_timeout = \"300ms\"\n"
    "drain_timeout = \"1s\"\n";

struct Bad {
  const char* name;
  std::vector<std::string> flags;
  const char* why;  // part of the reason
};

// True if a warning about a worker has `why` in its reason.
bool WarnsOf(const std::vector<json>& events, const std::string& why) {
  return std::any_of(events.begin(), events.end(), [&](const json& event) {
    return event.value("level", "") == "warning" && event.contains("pid") &&
           event.value("reason", "").find(why) != std::string::npos;
  });
}

class BadReleaseTest : public testing::TestWithParam<Bad> {};

TEST_P(BadReleaseTest, IsRevertedAndCostsNothing) {
  FleetProcess fleet({.roll = kShortDeadline});
  fleet.Start();
  {
    const Clients clients(fleet);
    const json verdict = fleet.Roll(fleet.ServerCommand(GetParam().flags));
    EXPECT_EQ(verdict["outcome"], "reverted") << verdict;
    EXPECT_EQ(verdict["generation"], 1);
    EXPECT_EQ(verdict["cut"], 0);
    const std::string reason = verdict["reason"];
    EXPECT_THAT(reason, HasSubstr("slot 0, generation 2"));
    EXPECT_THAT(reason, HasSubstr(GetParam().why));
    EXPECT_EQ(json::parse(fleet.Call({"history"}).out)["rolls"].back()["verdict"]["reason"],
              reason);
    EXPECT_TRUE(WarnsOf(fleet.Events(), GetParam().why));
  }
  EXPECT_TRUE(fleet.AwaitSteady(1));
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("1"));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, BadReleaseTest,
    testing::Values(
        Bad{"ExitsAtStart", {"--fault", "exit-at-start"}, "exited with status"},
        Bad{"NeverReady",
            {"--fault", "never-ready"},
            "was not ready in time: no READY=1; if this program "
            "cannot say it, set ready = \"listening\""},
        Bad{"Answers500",
            {"--fault", "unhealthy"},
            "probes failed, the last with: HTTP 500 to GET "
            "/healthz"},
        Bad{"Hangs", {"--fault", "hang-after-ready"}, "its first probe has had no answer for "}),
    [](const auto& info) { return std::string(info.param.name); });

// A release that answers at first. It hangs before min_healthy_time has passed, or after it has
// been given its share and before it has been watched.
class HangingReleaseTest : public testing::TestWithParam<const char*> {};

TEST_P(HangingReleaseTest, IsRevertedAndTheFleetServesAgain) {
  FleetProcess fleet(
      {.workers = 1,
       .roll = "min_healthy_time = \"500ms\"\nwatch = \"2s\"\nhealthy_deadline = \"3s\"\n"
               "handshake_timeout = \"300ms\"\ndrain_timeout = \"1s\"\n",
       .health = "timeout = \"300ms\"\n"});
  fleet.Start();
  const json verdict =
      fleet.Roll(fleet.ServerCommand({"--fault", absl::StrCat("hang-after=", GetParam())}));
  EXPECT_EQ(verdict["outcome"], "reverted") << verdict;
  EXPECT_TRUE(fleet.AwaitSteady(1));
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("1"));
}

INSTANTIATE_TEST_SUITE_P(Times, HangingReleaseTest, testing::Values("300ms", "1s"),
                         [](const auto& info) { return absl::StrCat("After", info.param); });

// A fleet in which a hung worker would be waited for for minutes.
FleetOptions Patient(const std::string& steady_interval, int workers = 2) {
  return {.workers = workers,
          .roll =
              "min_healthy_time = \"20ms\"\nhandshake_timeout = \"10m\"\n"
              "drain_timeout = \"10m\"\n",
          .health = absl::StrCat("interval = \"10ms\"\nsteady_interval = \"", steady_interval,
                                 "\"\ntimeout = \"200ms\"\n")};
}

TEST(FailureTest, FourHungWorkersAreReplacedAtOnceAndNotOneAfterTheOther) {
  FleetProcess fleet(Patient("50ms", 4));
  fleet.Start();
  std::set<pid_t> hung;
  const json before = fleet.Status();
  for (const json& worker : before["workers"]) hung.insert(worker["pid"].get<pid_t>());
  ASSERT_EQ(hung.size(), 4U);
  for (const pid_t pid : hung) kill(pid, SIGSTOP);
  // Long before handshake_timeout, although the hung workers have not left.
  EXPECT_TRUE(fleet.Await([&](const json& status) {
    int serving = 0;
    for (const json& worker : status["workers"]) {
      if (hung.contains(worker["pid"].get<pid_t>())) continue;
      if (worker["state"] == "serving" && worker["share"] == 0.25) ++serving;
    }
    return serving == 4 && status["healthy_slots"] == 4;
  })) << fleet.Status();
  for (const pid_t pid : hung) kill(pid, SIGKILL);
  EXPECT_TRUE(fleet.Await([](const json& status) { return status["workers"].size() == 4; }));
}

// The pid of the worker of this slot and generation; 0 if there is none.
pid_t WorkerOf(const json& status, int64_t slot, int64_t generation) {
  for (const json& worker : status["workers"]) {
    if (worker["slot"] == slot && worker["generation"] == generation) return worker["pid"];
  }
  return 0;
}

bool IsServedBy(const json& status, int64_t generation, int slots = 2) {
  return status["state"] == "steady" && status["generation"] == generation &&
         status["healthy_slots"] == slots;
}

TEST(FailureTest, APredecessorThatHangsBetweenTwoProbesHoldsTheRollUpForSecondsOnly) {
  FleetProcess fleet(Patient("10m"));
  fleet.Start();
  const pid_t hung = WorkerOf(fleet.Status(), 0, 1);
  ASSERT_GT(hung, 0);
  kill(hung, SIGSTOP);
  ASSERT_EQ(fleet.Call({"roll", "--detach"}).code, 0);
  EXPECT_TRUE(fleet.Await([](const json& status) { return IsServedBy(status, 2); }))
      << fleet.Status();
  kill(hung, SIGKILL);
}

TEST(FailureTest, ANewcomerThatHangsBeforeItIsReadyDoesNotHoldUpTheWayBackNorTheNextRoll) {
  FleetProcess fleet(Patient("50ms"));
  fleet.Start();
  std::vector<std::string> roll = {"roll", "--detach", "--"};
  for (const std::string& word : fleet.ServerCommand({"--fault", "never-ready"})) {
    roll.push_back(word);
  }
  ASSERT_EQ(fleet.Call(roll).code, 0);
  pid_t hung = 0;
  ASSERT_TRUE(fleet.Await([&](const json& status) {
    hung = WorkerOf(status, 0, 2);
    return hung > 0;
  }));
  kill(hung, SIGSTOP);
  ASSERT_EQ(fleet.Call({"abort", "--detach"}).code, 0);
  EXPECT_TRUE(fleet.Await([](const json& status) { return IsServedBy(status, 1); }))
      << fleet.Status();
  EXPECT_EQ(fleet.Call({"roll", "--detach"}).code, 0);
  EXPECT_TRUE(fleet.Await([](const json& status) { return IsServedBy(status, 3); }))
      << fleet.Status();
  kill(hung, SIGKILL);
}

// Two of four hang, and are not looked at before they are told to stop.
class UndoTest : public testing::Test {
 protected:
  UndoTest() : fleet_(Patient("10m", 4)) {
    fleet_.Start();
    EXPECT_EQ(fleet_.Roll()["outcome"], "rolled");
    const json status = fleet_.Status();
    for (const int64_t slot : {0, 2}) hung_.push_back(WorkerOf(status, slot, 2));
    Signal(SIGSTOP);
    EXPECT_EQ(fleet_.Call({"undo", "--detach"}).code, 0);
  }
  void Signal(int signal) const {
    for (const pid_t pid : hung_) kill(pid, signal);
  }
  bool ServesAgain() {
    return fleet_.Await([](const json& status) { return IsServedBy(status, 1, 4); });
  }

  FleetProcess fleet_;
  std::vector<pid_t> hung_;
};

TEST_F(UndoTest, IsNotHeldUpByTwoThatHang) {
  EXPECT_TRUE(ServesAgain()) << fleet_.Status();
  Signal(SIGKILL);
}

TEST_F(UndoTest, TakesThoseThatGoOnLikeAnyOther) {
  EXPECT_TRUE(fleet_.Await([&](const json& status) {
    return std::ranges::any_of(status["workers"], [&](const json& worker) {
      return worker["pid"] == hung_.front() && worker["state"] != "serving";
    });
  }));
  Signal(SIGCONT);
  EXPECT_TRUE(ServesAgain()) << fleet_.Status();
  EXPECT_TRUE(fleet_.Await([](const json& status) { return status["workers"].size() == 4; }));
  const json history = json::parse(fleet_.Call({"history"}).out);
  EXPECT_EQ(history["rolls"].back()["verdict"]["cut"], 0) << history;
}

// A release whose workers all hang at some moment, and people who go back when some slots have
// been replaced.
struct Hang {
  const char* after;
  int64_t replaced;
};
class HangingFleetTest : public testing::TestWithParam<Hang> {};

bool Serves(const json& worker, int64_t generation) {
  return worker["generation"] == generation && worker["state"] == "serving";
}

TEST_P(HangingFleetTest, ServesAgainLongBeforeAHungWorkerIsKilled) {
  FleetOptions options = Patient("50ms", 4);
  options.roll += "watch = \"1m\"\n";
  FleetProcess fleet(std::move(options));
  fleet.Start();
  std::vector<std::string> roll = {"roll", "--detach", "--"};
  for (const std::string& word :
       fleet.ServerCommand({"--fault", absl::StrCat("hang-after=", GetParam().after)})) {
    roll.push_back(word);
  }
  ASSERT_EQ(fleet.Call(roll).code, 0);
  const auto served = [](const json& status, int64_t generation) {
    return std::ranges::count_if(status["workers"],
                                 [&](const json& worker) { return Serves(worker, generation); });
  };
  ASSERT_TRUE(fleet.Await([&](const json& status) {
    return status["state"] != "rolling" || served(status, 2) >= GetParam().replaced;
  }));
  (void)fleet.Call({"abort", "--detach"});  // refused if it goes back already
  EXPECT_TRUE(fleet.Await([&](const json& status) {
    return status["state"] == "steady" && status["healthy_slots"] == 4 && served(status, 1) == 4;
  })) << fleet.Status()
      << fleet.log();
  const json after = fleet.Status();
  for (const json& worker : after["workers"]) {
    if (worker["generation"] != 1) kill(worker["pid"].get<pid_t>(), SIGKILL);
  }
}

INSTANTIATE_TEST_SUITE_P(Times, HangingFleetTest,
                         testing::Values(Hang{"1ms", 0}, Hang{"150ms", 2}, Hang{"1s", 4}),
                         [](const auto& info) { return absl::StrCat("After", info.param.after); });

TEST(FailureTest, AProgramThatCannotBeExecutedIsRevertedToTheFormerBytes) {
  FleetProcess fleet({.roll = kShortDeadline});
  fleet.Start();
  {
    const Clients clients(fleet);
    // Nobody can tell before the launch: the name is relative to the worker's folder.
    const std::string broken = fleet.folder() + "/broken";
    WriteFile(broken, "#!no/such/interpreter\n");
    chmod(broken.c_str(), 0755);
    const json verdict = fleet.Roll({broken});
    EXPECT_EQ(verdict["outcome"], "reverted") << verdict;
  }
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("1"));
}

TEST(FailureTest, AnEmptyExecutableIsRefusedBeforeAnythingChanges) {
  FleetProcess fleet({.roll = kShortDeadline});
  fleet.Start();
  const std::string empty = fleet.folder() + "/empty";
  WriteFile(empty, "");
  chmod(empty.c_str(), 0755);
  const Finished refused = fleet.Call({"roll", "--", empty});
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.json()["error"], empty + ": is empty");
}

TEST(FailureTest, AKilledWorkerIsReplacedAndItsShareGoesToTheOthersMeanwhile) {
  FleetProcess fleet({.roll = "min_healthy_time = \"500ms\"\n"});
  fleet.Start();
  const json before = fleet.Status();
  const pid_t victim = before["workers"][1]["pid"];
  kill(victim, SIGKILL);
  EXPECT_TRUE(fleet.Await([](const json& status) {
    int serving = 0;
    for (const json& w : status["workers"]) serving += w["share"] > 0.49;
    return serving == 2;
  }));
  EXPECT_TRUE(fleet.Await([&](const json& status) {
    for (const json& w : status["workers"]) {
      if (w["slot"] == 1) return w["pid"] != victim && w["state"] == "serving";
    }
    return false;
  }));
}

TEST(FailureTest, AHungWorkerLosesItsShareAndIsReplacedAndKilled) {
  FleetProcess fleet(
      {.roll = kShortDeadline,
       .health = "interval = \"20ms\"\nsteady_interval = \"20ms\"\ntimeout = \"100ms\"\n"});
  fleet.Start();
  const pid_t victim = fleet.Status()["workers"][0]["pid"];
  kill(victim, SIGSTOP);
  EXPECT_TRUE(fleet.Await([&](const json& status) {
    bool there = false, replaced = false;
    for (const json& w : status["workers"]) {
      there |= w["pid"] == victim;
      replaced |= w["slot"] == 0 && w["pid"] != victim && w["share"] > 0;
    }
    return !there && replaced;
  })) << fleet.log();
}

TEST(FailureTest, ALeakedListenerLeavesTheGroupWithItsWorker) {
  FleetProcess fleet({.workers = 2, .command = {ProgramPath("rollport-test-leaker")}});
  fleet.Start();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(RunProgram({"/usr/bin/curl", "-s", fleet.url("/fork")}).out, "forked\n");
  }
  // Retired, and killed: either way nobody is left in the group but the two that serve.
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  for (int i = 0; i < 20; ++i) (void)RunProgram({"/usr/bin/curl", "-s", fleet.url("/fork")});
  const pid_t victim = fleet.Status()["workers"][0]["pid"];
  kill(victim, SIGKILL);
  EXPECT_TRUE(fleet.Await([&](const json& status) {
    return status["workers"].size() == 2 && status["workers"][0]["pid"] != victim &&
           status["workers"][0]["state"] == "serving" && status["foreign_listeners"] == 0;
  })) << fleet.log();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(RunProgram({"/usr/bin/curl", "-s", "--max-time", "5", fleet.url("/")}).out,
              "hello\n");
  }
}

TEST(FailureTest, APortTakenByAProgramWithoutReuseportIsNamedWithItsHolder) {
  const os::UniqueFd taken(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage any{};
  const auto wanted = *os::SocketAddress::Parse("127.0.0.1:0");
  ASSERT_EQ(bind(taken.get(), reinterpret_cast<sockaddr*>(&any), wanted.ToSockaddr(&any)), 0);
  ASSERT_EQ(listen(taken.get(), 1), 0);
  const auto address = *os::LocalAddress(taken.get());
  FleetProcess fleet({.port = address.port()});
  const Finished run = fleet.RunToEnd();
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err,
              HasSubstr(absl::StrCat("bind on ", address.ToString(), ": Address already in use")));
  EXPECT_THAT(run.err, HasSubstr(absl::StrCat("process ", getpid())));
}

TEST(FailureTest, APortTakenByAnotherUserIsNamedWithItsHolder) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to be another user";
  ASSERT_EQ(seteuid(65534), 0);
  auto taken = os::Listen(*os::SocketAddress::Parse("127.0.0.1:0"), 1);
  ASSERT_EQ(seteuid(0), 0);
  ASSERT_TRUE(taken.ok()) << taken.status();
  const auto address = *os::LocalAddress(taken->get());
  FleetProcess fleet({.port = address.port()});
  const Finished run = fleet.RunToEnd();
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr(address.ToString()));
  EXPECT_THAT(run.err, HasSubstr("user 65534"));
}

TEST(FailureTest, AFleetThatCannotStartLeavesNothingBehind) {
  FleetProcess fleet({.command = {ProgramPath("rollport-httpd"), "--debug-endpoints", "--fault",
                                  "exit-at-start"}});
  const Finished run = fleet.RunToEnd();
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr("slot"));
  EXPECT_THAT(run.err, HasSubstr("exited with status 1"));
}

TEST(FailureTest, ASecondControllerIsRefusedAndNamesTheFirst) {
  FleetProcess fleet;
  fleet.Start();
  const Finished second = RunProgram({ProgramPath("rollport"), "-f", fleet.file(), "run"});
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.err, HasSubstr(absl::StrCat(fleet.controller().pid())));
  EXPECT_TRUE(fleet.AwaitSteady(1));
}

TEST(FailureTest, AMistakeInTheFleetFileChangesNothing) {
  FleetProcess fleet;
  fleet.Start();
  const std::string good = ReadFile(fleet.file());
  WriteFile(fleet.file(), good + "[rol]\nsurge = 2\n");
  const Finished roll = fleet.Call({"roll"});
  EXPECT_EQ(roll.code, 2);
  EXPECT_THAT(roll.err + roll.out, HasSubstr("fleet.toml:"));
  EXPECT_EQ(RunProgram({ProgramPath("rollport"), "-f", fleet.file(), "check"}).code, 2);
  EXPECT_TRUE(fleet.AwaitSteady(1));
}

TEST(FailureTest, ASecondRollIsRefusedWithTheFirstOnesProgress) {
  FleetProcess fleet({.roll = "min_healthy_time = \"1s\"\n"});
  fleet.Start();
  ASSERT_EQ(fleet.Call({"roll", "--detach"}).code, 0);
  const Finished second = fleet.Call({"roll"});
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.out + second.err, HasSubstr("generation 2"));
  EXPECT_TRUE(fleet.AwaitSteady(2));
}

TEST(FailureTest, SighupRollsAndStopEndsCleanly) {
  FleetProcess fleet;
  fleet.Start();
  fleet.controller().Signal(SIGHUP);
  EXPECT_TRUE(fleet.AwaitSteady(2));
  fleet.Stop(true);
}

TEST(FailureTest, WithoutAControllerCommandsSaySoWithStatus3) {
  FleetProcess fleet;
  EXPECT_EQ(fleet.Call({"status"}).code, 3);
  EXPECT_EQ(fleet.Call({"roll"}).code, 3);
  EXPECT_EQ(fleet.Call({"stop"}).code, 3);
}

}  // namespace
}  // namespace rollport::integration
