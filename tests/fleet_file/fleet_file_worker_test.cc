// [worker] of a fleet file: every setting, and one mistake of each kind.
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ostream>

#include "gmock/gmock.h"
#include "tests/fleet_file/fleet_file_fixture.h"

namespace rollport::fleet_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class FleetFileWorkerTest : public FleetFileTest {
 protected:
  WorkerSettings LoadWorker(const std::string& text) {
    const auto settings = Load(kGood + text);
    EXPECT_TRUE(settings.ok()) << settings.status();
    return settings.ok() ? settings->worker : WorkerSettings();
  }
};

TEST_F(FleetFileWorkerTest, ListenersAreInheritedAsDescriptors) {
  EXPECT_EQ(LoadWorker("").listener, Listener::kSelf);
  const WorkerSettings worker = LoadWorker("listener = \"inherit\"");
  EXPECT_EQ(worker.listener, Listener::kInherit);
  EXPECT_EQ(worker.listener_fd, 3);
  EXPECT_EQ(LoadWorker("listener = \"inherit\"\nlistener_fd = 0").listener_fd, 0);
}

TEST_F(FleetFileWorkerTest, WhatAProcessMayUse) {
  Write("app.env", "A=file\nB=file\n");
  mkdir((dir_ / "data").c_str(), 0700);
  const WorkerSettings worker = LoadWorker(R"(
umask = "0027"
limits = { nofile = 65, core = "unlimited", memory = "512MiB" }
working_dir = "data"
environment_file = "app.env"
env = { B = "table" }
watchdog = "10s"
stdout = "data/%s.log"
stderr = "null"
)");
  EXPECT_EQ(worker.process.umask, mode_t{027});
  EXPECT_THAT(worker.process.limits, ElementsAre(os::ResourceLimit{RLIMIT_NOFILE, 65},
                                                 os::ResourceLimit{RLIMIT_CORE, RLIM_INFINITY},
                                                 os::ResourceLimit{RLIMIT_DATA, 512 << 20}));
  EXPECT_EQ(worker.working_dir, dir_ / "data");
  EXPECT_THAT(worker.env, ElementsAre(Pair("A", "file"), Pair("B", "table")));
  EXPECT_EQ(worker.watchdog, absl::Seconds(10));
  EXPECT_EQ(worker.out, (Output{Output::Kind::kFile, dir_ / "data/%s.log"}));
  EXPECT_EQ(worker.err, (Output{Output::Kind::kNull, ""}));
  EXPECT_EQ(LoadWorker("").out, Output());
}

TEST_F(FleetFileWorkerTest, CpusAreGivenBySlotOrByList) {
  cpu_set_t set;
  ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
  const std::vector<std::vector<int>> each = LoadWorker("cpu_affinity = \"slot\"").cpus;
  EXPECT_EQ(each.size(), static_cast<size_t>(CPU_COUNT(&set)));
  const std::string first = std::to_string(each[0][0]);
  EXPECT_THAT(LoadWorker("cpu_affinity = [\"" + first + "\", \"" + first + "\"]").cpus,
              ElementsAre(each[0], each[0]));
}

TEST_F(FleetFileWorkerTest, AUserBringsItsGroupsAndItsHome) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  const WorkerSettings worker =
      LoadWorker("user = \"nobody\"\ncapabilities = [\"CAP_NET_BIND_SERVICE\"]");
  ASSERT_TRUE(worker.process.credentials.has_value());
  EXPECT_EQ(worker.process.credentials->uid, 65534U);
  EXPECT_THAT(*worker.process.ambient, ElementsAre(CAP_NET_BIND_SERVICE));
  EXPECT_EQ(worker.env.at("USER"), "nobody");
  EXPECT_EQ(worker.env.count("HOME"), 1U);
  EXPECT_EQ(LoadWorker("user = \"nobody\"\ngroup = \"root\"").process.credentials->gid, 0U);
}

TEST_F(FleetFileWorkerTest, OneselfIsAUserThatAnybodyMayName) {
  const WorkerSettings worker = LoadWorker("user = \"" + std::to_string(geteuid()) + "\"");
  EXPECT_EQ(worker.process.credentials.has_value(), geteuid() == 0);
}

// As a user without rights: root takes them off for the call.
TEST_F(FleetFileWorkerTest, WorkersGetAUserOrRightsOnlyFromAControllerThatMay) {
  const std::string user = "user = \"root\"";
  const std::string capabilities = "capabilities = [\"CAP_NET_BIND_SERVICE\"]";
  const std::string nofile = "limits = { nofile = 1000000000 }";
  ASSERT_EQ(chmod(dir_.path().c_str(), 0777), 0);
  ASSERT_EQ(chmod((dir_ / "bin").c_str(), 0777), 0);
  ASSERT_EQ(chmod((dir_ / "bin/server").c_str(), 0777), 0);
  const bool root = geteuid() == 0;
  const auto mistake = [&](const std::string& text) {
    Write("fleet.toml", kGood + text);
    chmod(file().c_str(), 0666);
    EXPECT_EQ(root ? seteuid(65534) : 0, 0);
    const std::string message(LoadFleetFile(file()).status().message());
    EXPECT_EQ(root ? seteuid(0) : 0, 0);
    return message;
  };
  EXPECT_THAT(mistake(user), HasSubstr("4: user: running workers as another user needs root, or"));
  EXPECT_THAT(mistake("group = \"daemon\""),
              HasSubstr("4: group: running workers as another user"));
  EXPECT_THAT(
      mistake(capabilities),
      HasSubstr("4: capabilities: this process does not have CAP_NET_BIND_SERVICE to give"));
  EXPECT_THAT(mistake(nofile),
              HasSubstr("4: nofile: is more than this process may set; its own hard limit is "));
}

TEST_F(FleetFileWorkerTest, MistakesInAnEnvironmentFileNameItsOwnLine) {
  Write("app.env", "A=b\nnonsense\n");
  EXPECT_EQ(Mistake(std::string(kGood) + "environment_file = \"app.env\""),
            "4: environment_file: " + (dir_ / "app.env:2: not NAME=VALUE"));
  Write("app.env", "LISTEN_FDS=1\n");
  EXPECT_EQ(Mistake(std::string(kGood) + "environment_file = \"app.env\""),
            "4: environment_file: app.env: \"LISTEN_FDS\" is set by rollport itself");
  EXPECT_EQ(Mistake(std::string(kGood) + "environment_file = \"none.env\""),
            "4: environment_file: " + (dir_ / "none.env: No such file or directory"));
}

TEST_F(FleetFileWorkerTest, FoldersThatAreMissingAreNamed) {
  EXPECT_EQ(Mistake(std::string(kGood) + "working_dir = \"none\""),
            "4: working_dir: there is no folder " + (dir_ / "none"));
  EXPECT_EQ(Mistake(std::string(kGood) + "stdout = \"logs/%s\""),
            "4: stdout: there is no folder " + (dir_ / "logs"));
}

struct WorkerCase {
  const char* name;
  const char* text;
  const char* message;
};
void PrintTo(const WorkerCase& c, std::ostream* out) { *out << c.name; }

class WorkerMistakeTest : public FleetFileTest, public testing::WithParamInterface<WorkerCase> {};

TEST_P(WorkerMistakeTest, IsReportedWithItsLine) {
  EXPECT_EQ(Mistake(std::string(kGood) + GetParam().text), GetParam().message);
}

const WorkerCase kWorkerCases[] = {
    {"ListenerFd", "listener = \"inherit\"\nlistener_fd = 2",
     "5: listener_fd: 2 is neither 0 nor 3"},
    {"ListenerFdAlone", "listener_fd = 0", "4: listener_fd: needs listener = \"inherit\""},
    {"Watchdog", "watchdog = \"1ms\"", "4: watchdog: \"1ms\" is too short; at least 100ms"},
    {"EnvWatchdog", "env = { WATCHDOG_USEC = \"1\" }",
     "4: env: \"WATCHDOG_USEC\" is set by rollport itself"},
    {"User", "user = \"no-such-user\"", "4: user: there is no user \"no-such-user\" on this host"},
    {"Group", "group = \"no-such-group\"",
     "4: group: there is no group \"no-such-group\" on this host"},
    {"Umask", "umask = \"0778\"", "4: umask: \"0778\" is not an octal number like \"0027\""},
    {"UmaskType", "umask = 27", "4: umask: expected a string, found a whole number"},
    {"LimitsType", "limits = 5", "4: limits: expected a table, found a whole number"},
    {"LimitsUnknown", "limits = { nofiles = 5 }",
     "4: unknown key \"nofiles\" in [limits]; did you mean \"nofile\"?"},
    {"LimitFiles", "limits = { nofile = \"1K\" }",
     "4: nofile: expected a whole number or \"unlimited\""},
    {"LimitFilesTooFew", "limits = { nofile = 3 }", "4: nofile: is less than 16"},
    {"LimitMemory", "limits = { memory = \"much\" }",
     "4: memory: expected bytes, a size like \"512MiB\", or \"unlimited\""},
    {"LimitCore", "limits = { core = -1 }",
     "4: core: expected bytes, a size like \"512MiB\", or \"unlimited\""},
    {"CpuAffinityWord", "cpu_affinity = \"all\"",
     "4: cpu_affinity: \"all\" is not \"slot\" or a list like [\"0-1\", \"2-3\"]"},
    {"CpuAffinityEmpty", "cpu_affinity = []", "4: cpu_affinity: the list is empty"},
    {"CpuAffinityText", "cpu_affinity = [\n\"0\",\n\"x\"]",
     "6: cpu_affinity: \"x\" is not a list of CPUs like \"0-3,8\""},
    {"CpuAffinityCpu", "cpu_affinity = [\"1023\"]",
     "4: cpu_affinity: this process may not use CPU 1023"},
    {"OutputPattern", "stderr = \"%d.log\"",
     "4: stderr: \"%d.log\" has a % that is not %s (slot), %g (generation) or %%"},
};
INSTANTIATE_TEST_SUITE_P(Mistakes, WorkerMistakeTest, testing::ValuesIn(kWorkerCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(FleetFileWorkerTest, StandardInputIsOneListener) {
  EXPECT_EQ(Mistake("listen = [\"127.0.0.1:80\", \"[::1]:80\"]\n[worker]\ncommand = [\"sh\"]\n"
                    "listener = \"inherit\"\nlistener_fd = 0"),
            "5: listener_fd: standard input is one listener, and the fleet has 2 addresses");
}

TEST_F(FleetFileWorkerTest, ACapabilityIsForAUserThatIsNotRoot) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_EQ(Mistake(std::string(kGood) + "capabilities = [\"CAP_KILL\"]"),
            "4: capabilities: root has them all; give the workers a \"user\"");
  EXPECT_EQ(Mistake(std::string(kGood) + "user = \"nobody\"\ncapabilities = [\"CAP_KIL\"]"),
            "5: capabilities: \"CAP_KIL\" is not a capability; did you mean \"CAP_KILL\"?");
}

}  // namespace
}  // namespace rollport::fleet_file
