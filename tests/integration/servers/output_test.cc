// Where workers' output goes, and who they are.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/proc.h"
#include "tests/integration/servers/load.h"
#include "tests/support/eventually.h"

namespace rollport::integration {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

FleetOptions ActivatedQuickly(std::vector<std::string> flags, const std::string& worker = "") {
  FleetOptions options{.workers = 2,
                       .worker = absl::StrCat("listener = \"inherit\"\n", worker),
                       .roll = "min_healthy_time = \"20ms\"\ndrain_timeout = \"5s\"\n",
                       .health = "path = \"/\"\ninterval = \"10ms\"\nsteady_interval = \"10ms\"\n"};
  options.command = {ProgramPath("rollport-test-activated")};
  options.command.insert(options.command.end(), flags.begin(), flags.end());
  return options;
}

TEST(OutputTest, LinesGoToTheLogWithSlotAndGeneration) {
  FleetProcess fleet(ActivatedQuickly({"--print", "warm and ready", "--err", "oh \x1b[1mdear"}));
  fleet.Start();
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  const json worker = Serving(fleet.Status(), 1);
  // JSON, because the log is no terminal.
  EXPECT_THAT(fleet.log(),
              HasSubstr(absl::StrCat(R"("slot":1,"generation":2,"pid":)", worker["pid"].dump(),
                                     R"(,"stream":"stdout","message":"warm and ready"})", "\n")));
  EXPECT_THAT(fleet.log(), HasSubstr(R"("stream":"stderr","message":"oh ?[1mdear"})"));
}

TEST(OutputTest, AFloodWithoutLineEndsHoldsNobodyUp) {
  FleetProcess fleet(ActivatedQuickly({"--flood"}));
  fleet.Start();
  {
    const FreshConnections load(fleet);
    EXPECT_EQ(fleet.Roll()["outcome"], "rolled") << "under a flood";
  }
  fleet.Stop();
}

TEST(OutputTest, FilesAreNamedBySlotAndGenerationAndAppendedTo) {
  FleetProcess fleet(ActivatedQuickly({"--print", "to a file"},
                                      "stdout = \"out-%s-%g.log\"\nstderr = \"err.log\"\n"));
  WriteFile(fleet.folder() + "/out-0-1.log", "what was there\n");
  fleet.Start();
  EXPECT_EQ(ReadFile(fleet.folder() + "/out-0-1.log"), "what was there\nto a file\n");
  EXPECT_EQ(ReadFile(fleet.folder() + "/out-1-1.log"), "to a file\n");
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  EXPECT_EQ(ReadFile(fleet.folder() + "/out-1-2.log"), "to a file\n");
  EXPECT_THAT(fleet.log(), Not(HasSubstr("stdout")));
}

TEST(OutputTest, WorkersGoOnWritingWhenTheControllerIsKilled) {
  FleetProcess fleet(ActivatedQuickly({"--flood"}));
  fleet.Start();
  std::vector<pid_t> pids;
  for (const json& w : fleet.Status()["workers"]) pids.push_back(w["pid"]);
  std::vector<pid_t> all = os::DescendantPids(fleet.controller().pid());
  fleet.controller().Signal(SIGKILL);
  (void)fleet.Abandon();
  // Those that flood would have been ended by SIGPIPE at once, and are still there.
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(RunProgram({"/usr/bin/curl", "-s", "--max-time", "5", fleet.url("/")}).out,
              "hello\n");
  }
  for (const pid_t pid : all) EXPECT_EQ(kill(pid, 0), 0) << pid;
  for (const pid_t pid : all) kill(pid, SIGKILL);
  EXPECT_TRUE(Eventually([&] {
    for (const pid_t pid : all) {
      if (kill(pid, 0) == 0) return false;
    }
    return true;
  }));
}

TEST(ProcessTest, ResourcesAreWhatTheFileSays) {
  FleetOptions options = ActivatedQuickly(
      {},
      "umask = \"0027\"\nlimits = { nofile = 77, core = 0 }\ncpu_affinity = \"slot\"\n"
      "working_dir = \"site\"\nenvironment_file = \"app.env\"\n");
  FleetProcess fleet(std::move(options));
  WriteFile(fleet.folder() + "/app.env", "COLOUR=green\n");
  fleet.Start();
  const std::string proc = absl::StrCat("/proc/", Serving(fleet.Status(), 0)["pid"].dump());
  const std::string status = ReadFile(proc + "/status");
  EXPECT_THAT(status, HasSubstr("Umask:\t0027\n"));
  EXPECT_THAT(ReadFile(proc + "/limits"), testing::ContainsRegex("Max open files +77 +77 "));
  EXPECT_EQ(std::filesystem::read_symlink(proc + "/cwd"), fleet.folder() + "/site");
  EXPECT_THAT(ReadFile(proc + "/environ"), HasSubstr("COLOUR=green"));
  EXPECT_THAT(status, testing::ContainsRegex("Cpus_allowed_list:\t[0-9]+\n"));
}

// The controller is root, and the workers are somebody else, who may bind a low port.
TEST(ProcessTest, WorkersOfAnotherUserAreRolledLikeOurs) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  FleetOptions options = ActivatedQuickly(
      {"--say", "STATUS=serving"},
      "user = \"nobody\"\ngroup = \"daemon\"\ncapabilities = [\"CAP_NET_BIND_SERVICE\"]\n");
  FleetProcess fleet(std::move(options));
  fleet.ReleasePorts();
  // Its folder, and what is in it, are root's alone.
  chmod(fleet.folder().c_str(), 0711);
  fleet.Start();
  const json worker = Serving(fleet.Status(), 0);
  EXPECT_EQ(worker["status_text"], "serving");
  const std::string status = ReadFile(absl::StrCat("/proc/", worker["pid"].dump(), "/status"));
  EXPECT_THAT(status, HasSubstr("Uid:\t65534\t65534\t65534\t65534\n"));
  EXPECT_THAT(status, HasSubstr("CapEff:\t0000000000000400\n"));
  // Nobody else may send to the notify socket.
  const std::string environ = ReadFile(absl::StrCat("/proc/", worker["pid"].dump(), "/environ"));
  const size_t begin = environ.find("NOTIFY_SOCKET=/") + strlen("NOTIFY_SOCKET=");
  struct stat socket {};
  EXPECT_EQ(stat(environ.substr(begin, environ.find('\0', begin) - begin).c_str(), &socket), 0);
  EXPECT_EQ(socket.st_uid, 65534U);
  EXPECT_EQ(socket.st_mode & 0777, 0600U);
  {
    const FreshConnections load(fleet);
    EXPECT_EQ(fleet.Roll()["outcome"], "rolled") << fleet.log();
  }
  EXPECT_EQ(fleet.Status()["steering"], "cbpf");
  // Another user cannot be had while the former one's listeners are there.
  const std::string file = ReadFile(fleet.file());
  std::string changed = file;
  changed.replace(changed.find("\"nobody\""), 8, "\"daemon\"");
  WriteFile(fleet.file(), changed);
  const Finished roll = fleet.Call({"roll"});
  EXPECT_EQ(roll.code, 2);
  EXPECT_THAT(roll.out + roll.err, HasSubstr("user has changed"));
}

}  // namespace
}  // namespace rollport::integration
