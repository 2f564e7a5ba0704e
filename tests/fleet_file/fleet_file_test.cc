#include "fleet_file/fleet_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fleet_file/fleet_file_fixture.h"

namespace rollport::fleet_file {
namespace {

TEST_F(FleetFileTest, DefaultsAreThoseOfTheDesign) {
  const auto settings = Load(kGood);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->file, file());
  EXPECT_EQ(settings->directory, dir_.path());
  const std::string name = dir_.path().substr(dir_.path().rfind('/') + 1) + "-fleet";
  EXPECT_EQ(settings->name, name);
  EXPECT_EQ(settings->listen, std::vector<std::string>{"127.0.0.1:8080"});
  EXPECT_GE(settings->workers, 1);
  EXPECT_EQ(settings->admin, "127.0.0.1:9180");
  EXPECT_EQ(settings->state_dir, "/run/user/7/rollport/" + name);
  EXPECT_EQ(settings->worker, (WorkerSettings{.command = {"bin/server"}, .stop_signal = SIGTERM}));
  EXPECT_EQ(settings->health, HealthSettings());
  EXPECT_EQ(settings->roll, RollSettings());
}

TEST_F(FleetFileTest, ReadsEveryKey) {
  const auto settings = Load(R"(
name = "site"
listen = ["0.0.0.0:8080", "[::]:8080"]
workers = 4
admin = ""
admin_hosts = ["web1.example.com", "::1"]
state_dir = "run/site"
[worker]
command = ["bin/server", "--root", "site"]
listener = "self"
ready = "listening"
env = { MODE = "production", EMPTY = "" }
stop_signal = "QUIT"
[health]
path = ""
interval = "100ms"
steady_interval = "7s"
timeout = "2s"
healthy_after = 3
unhealthy_after = 4
[roll]
surge = 2
min_healthy_time = "0s"
watch = "3s"
healthy_deadline = "1m"
handshake_timeout = "5s"
drain_timeout = "1h30m"
auto_revert = false
canary = [{ share = 5, for = "1m" }, { share = 12.5 }]
canary_min_requests = 20
canary_errors = 0.5
canary_latency = 3
keep_generations = 2
)");
  ASSERT_TRUE(settings.ok()) << settings.status();
  FleetSettings want;
  want.file = file();
  want.directory = dir_.path();
  want.name = "site";
  want.listen = {"0.0.0.0:8080", "[::]:8080"};
  want.admin_hosts = {"web1.example.com", "::1"};
  want.workers = 4;
  want.state_dir = dir_.path() + "/run/site";
  want.worker = {.command = {"bin/server", "--root", "site"},
                 .ready = Ready::kListening,
                 .env = {{"EMPTY", ""}, {"MODE", "production"}},
                 .stop_signal = SIGQUIT};
  want.health = {"", absl::Milliseconds(100), absl::Seconds(7), absl::Seconds(2), 3, 4};
  want.roll = {.surge = 2,
               .min_healthy_time = absl::ZeroDuration(),
               .watch = absl::Seconds(3),
               .healthy_deadline = absl::Minutes(1),
               .handshake_timeout = absl::Seconds(5),
               .drain_timeout = absl::Hours(1) + absl::Minutes(30),
               .auto_revert = false,
               .canary = {{5, absl::Minutes(1)}, {12.5, absl::InfiniteDuration()}},
               .canary_min_requests = 20,
               .canary_errors = 0.5,
               .canary_latency = 3,
               .keep_generations = 2};
  EXPECT_EQ(*settings, want);
}

TEST_F(FleetFileTest, ManyWorkersAreProbedMoreRarely) {
  EXPECT_EQ(Load("listen = [\"127.0.0.1:80\"]\nworkers = 250\n[worker]\ncommand = [\"/bin/true\"]")
                ->health.steady_interval,
            absl::Seconds(2));
  EXPECT_EQ(Load("listen = [\"127.0.0.1:80\"]\nworkers = 500\n[worker]\ncommand = [\"/bin/true\"]")
                ->health.steady_interval,
            absl::Seconds(4));
}

TEST_F(FleetFileTest, StateDirFallsBackInTheOrderOfTheDesign) {
  setenv("RUNTIME_DIRECTORY", "/run/systemd-made:/run/second", 1);
  EXPECT_EQ(Load(kGood)->state_dir, "/run/systemd-made");
  unsetenv("RUNTIME_DIRECTORY");
  unsetenv("XDG_RUNTIME_DIR");
  const std::string last =
      geteuid() == 0 ? "/run/rollport/" : "/tmp/rollport-" + std::to_string(geteuid()) + "/";
  EXPECT_EQ(Load(kGood)->state_dir, last + Load(kGood)->name);
}

TEST_F(FleetFileTest, TheDefaultNameTellsFoldersApartAndIsAlwaysAName) {
  const auto name_of = [this](const std::string& folder, const std::string& file) {
    std::filesystem::create_directory(dir_.path() + "/" + folder);
    Write(folder + "/" + file, "");
    const auto place = LocateFleet(dir_.path() + "/" + folder + "/" + file);
    return place.ok() ? place->name : std::string(place.status().message());
  };
  EXPECT_EQ(name_of("shop", "fleet.toml"), "shop-fleet");
  EXPECT_EQ(name_of("blog", "fleet.toml"), "blog-fleet");
  EXPECT_EQ(name_of("shop", "canary.v2.toml"), "shop-canary.v2");
  EXPECT_EQ(name_of(".my shop", "fleet.toml"), "my-shop-fleet");
  EXPECT_EQ(name_of(std::string(100, 'a'), "fleet.toml"), std::string(58, 'a') + "-fleet");
}

TEST_F(FleetFileTest, AFleetIsLocatedWhileTheRestOfItsFileIsWrong) {
  Write("fleet.toml", "name = \"site\"\nlisten = 7\nnonsense = 1\n");
  const auto place = LocateFleet(file());
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ(place->name, "site");
  EXPECT_EQ(place->state_dir, "/run/user/7/rollport/site");
}

TEST_F(FleetFileTest, ASignalMayBeWrittenWithItsPrefixOrBeARealTimeOne) {
  EXPECT_EQ(Load(std::string(kGood) + "stop_signal = \"SIGWINCH\"")->worker.stop_signal, SIGWINCH);
  EXPECT_EQ(Load(std::string(kGood) + "stop_signal = \"RTMIN+3\"")->worker.stop_signal,
            SIGRTMIN + 3);
}

TEST_F(FleetFileTest, AProgramWithoutASlashIsSoughtOnPath) {
  EXPECT_TRUE(Load("listen = [\"[::1]:80\"]\nworker.command = [\"sh\"]").ok());
}

// One kind of mistake each: what is put after the good start (or, with `whole`, instead of it), and
// the message.
struct FileCase {
  const char* name;
  const char* text;
  const char* message;
  bool whole = false;
};
void PrintTo(const FileCase& c, std::ostream* out) { *out << c.name; }

class MistakeTest : public FleetFileTest, public testing::WithParamInterface<FileCase> {};

TEST_P(MistakeTest, IsReportedWithItsLine) {
  const FileCase& c = GetParam();
  EXPECT_EQ(Mistake(c.whole ? c.text : std::string(kGood) + c.text), c.message);
}

constexpr char kUnused[] = "";
const FileCase kFileCases[] = {
    {"UnknownKey", "colour = \"red\"", "4: unknown key \"colour\" in [worker]"},
    {"MistypedKey", "[roll]\nmin_healty_time = \"1s\"",
     "5: unknown key \"min_healty_time\" in [roll]; did you mean \"min_healthy_time\"?"},
    {"MistypedTable", "[heatlh]\npath = \"/\"",
     "4: unknown key \"heatlh\"; did you mean \"health\"?"},
    {"AMistypedKeyExplainsAMissingOne", "listn = [\"127.0.0.1:80\"]\n",
     "1: unknown key \"listn\"; did you mean \"listen\"?", true},
    {"NoListen", "[worker]\ncommand = [\"sh\"]", "1: the file has no \"listen\"", true},
    {"NoCommand", "listen = [\"127.0.0.1:80\"]\n\n[worker]\nready = \"notify\"",
     "3: [worker] has no \"command\"", true},
    {"EmptyFile", kUnused, "1: the file has no \"listen\"", true},
    {"ListenIsNoList", "listen = \"127.0.0.1:80\"",
     "1: listen: expected a list of strings, found a string", true},
    {"ListenIsEmpty", "listen = []", "1: listen: the list is empty", true},
    {"ListenElement", "listen = [\n80]", "2: listen: expected a string, found a whole number",
     true},
    {"PortZero", "listen = [\"127.0.0.1:0\"]",
     "1: listen: port out of range in \"127.0.0.1:0\": it is between 1 and 65535", true},
    {"DuplicateAddress", "listen = [\"[::1]:80\",\n  \"[0:0::1]:80\"]",
     "2: listen: \"[::1]:80\" is listed twice", true},
    {"AdminIsListenToo", "listen = [\"[::1]:80\"]\nadmin = \"[::1]:80\"",
     "2: admin: \"[::1]:80\" is also in \"listen\"", true},
    {"AdminHostWithAPort", "listen = [\"[::1]:80\"]\nadmin_hosts = [\"::1\",\n\"web1:9180\"]",
     "3: admin_hosts: \"web1:9180\" is not a name or an IP address without a port", true},
    {"AdminHostThatIsNone", "listen = [\"[::1]:80\"]\nadmin_hosts = [\"[::1]\", \"a b\"]",
     "2: admin_hosts: \"a b\" is not a name or an IP address without a port", true},
    {"Name", "name = \"a/b\"",
     "1: name: \"a/b\" is not 1 to 64 letters, digits, \"-\", \"_\" or \".\", or it begins with "
     "\".\"",
     true},
    {"NoWorkers", "workers = 0", "1: workers: 0 is not between 1 and 1023", true},
    {"AsManyWorkersAsMembers", "workers = 1024", "1: workers: 1024 is not between 1 and 1023",
     true},
    {"WorkersAndSurge",
     "listen = [\"127.0.0.1:80\"]\nworkers = 1000\nroll.surge = 25\nworker.command = [\"sh\"]",
     "2: workers: 1000 and up to 25 replacements (roll.surge) are more than the 1024 listeners of "
     "one address that can be steered",
     true},
    {"WorkersText", "workers = \"cpu\"", "1: workers: \"cpu\" is not a whole number or \"cpus\"",
     true},
    {"WorkersType", "workers = 2.5",
     "1: workers: expected a whole number or \"cpus\", found a number with a point", true},
    {"StateDirEmpty", "state_dir = \"\"", "1: state_dir: is empty", true},
    {"WorkerIsNoTable", "worker = 1", "1: worker: expected a table, found a whole number", true},
    {"CommandIsText", "worker.command = \"sh\"",
     "1: command: expected a list of strings, found a string", true},
    {"CommandIsEmpty", "worker.command = []", "1: command: the list is empty", true},
    {"CommandHasNoName", "worker.command = [\"\"]", "1: command: the executable's name is empty",
     true},
    {"CommandHoldsNul", "worker.command = [\"sh\",\n\"a\\u0000b\"]",
     "2: command: contains a NUL character", true},
    {"ProgramNotOnPath", "worker.command = [\"no-such-program\"]",
     "1: command: no executable \"no-such-program\" on PATH (a path has a slash: "
     "\"./no-such-program\" is in the fleet file's folder)",
     true},
    {"Listener", "listener = \"inherited\"",
     "4: listener: \"inherited\" is not one of self, inherit; did you mean \"inherit\"?"},
    {"Ready", "ready = \"now\"", "4: ready: \"now\" is not one of notify, listening"},
    {"EnvType", "env = [\"A=b\"]", "4: env: expected a table of strings, found a list"},
    {"EnvValue", "env = { A = 1 }", "4: env.A: expected a string, found a whole number"},
    {"EnvName", "env = { \"A=B\" = \"c\" }", "4: env: \"A=B\" is not a variable's name"},
    {"EnvReserved", "\n[worker.env]\nA = \"b\"\nNOTIFY_SOCKET = \"x\"",
     "7: env: \"NOTIFY_SOCKET\" is set by rollport itself"},
    {"StopSignalKill", "stop_signal = \"KILL\"",
     "4: stop_signal: \"KILL\" is not one of TERM, QUIT, INT, HUP, USR1, USR2, WINCH, ALRM, ABRT, "
     "PIPE, PWR, IO, RTMIN"},
    {"HealthPath", "[health]\npath = \"healthz\"",
     "5: path: \"healthz\" is not a request target that begins with \"/\""},
    {"HealthPathWithSpace", "[health]\npath = \"/a b\"",
     "5: path: \"/a b\" is not a request target that begins with \"/\""},
    {"DurationText", "[health]\ninterval = \"200\"",
     "5: interval: \"200\" is not a duration like \"1m30s\" or \"200ms\""},
    {"DurationInfinite", "[roll]\ndrain_timeout = \"inf\"",
     "5: drain_timeout: \"inf\" is not a duration like \"1m30s\" or \"200ms\""},
    {"DurationType", "[health]\ninterval = 200",
     "5: interval: expected a duration like \"1m30s\" or \"200ms\", found a whole number"},
    {"DurationNegative", "[roll]\ndrain_timeout = \"-1s\"",
     "5: drain_timeout: \"-1s\" is too short; at least 0"},
    {"DurationZero", "[health]\ntimeout = \"0s\"", "5: timeout: \"0s\" is too short; at least 1ms"},
    {"DurationTooLong", "[roll]\nhealthy_deadline = \"9000h\"",
     "5: healthy_deadline: \"9000h\" is too long"},
    {"HealthyAfter", "[health]\nhealthy_after = 0",
     "5: healthy_after: 0 is not between 1 and 1000"},
    {"Surge", "[roll]\nsurge = -1", "5: surge: -1 is not between 1 and 1024"},
    {"AutoRevert", "[roll]\nauto_revert = \"yes\"",
     "5: auto_revert: expected true or false, found a string"},
    {"DeadlineTooEarly", "[roll]\nhealthy_deadline = \"1s\"",
     "5: healthy_deadline: 1s is not longer than min_healthy_time, 1s: no worker could be healthy "
     "in time"},
    {"CanaryType", "[roll]\ncanary = 5",
     "5: canary: expected a list of steps, found a whole number"},
    {"CanaryStep", "[roll]\ncanary = [5]",
     "5: canary: expected { share = PER CENT, for = \"1m\" }, found a whole number"},
    {"CanaryShare",
     "[roll]\ncanary = [\n{ share = 5, for = \"1m\" },\n{ share = 5, for = \"1m\" }]",
     "7: share: expected a number above 5 and below 100"},
    {"CanaryShareTooHigh", "[roll]\ncanary = [{ share = 100, for = \"1m\" }]",
     "5: share: expected a number above 0 and below 100"},
    {"CanaryUnknownKey", "[roll]\ncanary = [{ share = 5, fro = \"1m\" }]",
     "5: unknown key \"fro\" in [canary]; did you mean \"for\"?"},
    {"CanaryErrorsType", "[roll]\ncanary_errors = \"1\"",
     "5: canary_errors: expected a number, found a string"},
    {"CanaryLatencyTooLow", "[roll]\ncanary_latency = 0.5",
     "5: canary_latency: 0.5 is not between 1 and 1000"},
    {"CanaryMinRequests", "[roll]\ncanary_min_requests = 0",
     "5: canary_min_requests: 0 is not between 1 and 1000000000"},
    {"KeepGenerations", "[roll]\nkeep_generations = 0",
     "5: keep_generations: 0 is not between 1 and 1000"},
    {"TheFirstOfSeveral", "[roll]\nsurge = 0\nauto_revert = 1",
     "5: surge: 0 is not between 1 and 1024"},
    {"AKeyWithALineBreak", "\"a\\nb\" = 1", "4: unknown key \"a\\x0ab\" in [worker]"},
};

INSTANTIATE_TEST_SUITE_P(FleetFile, MistakeTest, testing::ValuesIn(kFileCases),
                         [](const auto& info) { return info.param.name; });

TEST_F(FleetFileTest, ASyntaxErrorHasItsLine) {
  EXPECT_EQ(Mistake("listen = [\"127.0.0.1:80\"]\nworkers = = 4\n").substr(0, 3), "2: ");
  EXPECT_EQ(Mistake("name = \"a\"\nname = \"b\"\n").substr(0, 3), "2: ");
  EXPECT_EQ(Mistake("name = \"\xff\"\n").substr(0, 3), "1: ");
}

TEST_F(FleetFileTest, APortOrAddressThatIsNoneIsQuoted) {
  EXPECT_THAT(Mistake("\nlisten = [\"127.0.0.1:65536\"]"),
              testing::AllOf(testing::StartsWith("2: listen: "), testing::HasSubstr("65536")));
  EXPECT_THAT(Mistake("\nlisten = [\"localhost:80\"]"),
              testing::AllOf(testing::StartsWith("2: listen: "), testing::HasSubstr("localhost")));
  EXPECT_THAT(Mistake("listen = [\"[::1]:80\"]\nadmin = \"9180\""),
              testing::AllOf(testing::StartsWith("2: admin: "), testing::HasSubstr("9180")));
}

TEST_F(FleetFileTest, ACommandThatIsMissingOrNotExecutableIsNamedWithItsPath) {
  EXPECT_EQ(Mistake("worker.command = [\"bin/none\"]"),
            "1: command: " + dir_.path() + "/bin/none: No such file or directory");
  EXPECT_EQ(Mistake("worker.command = [\"./bin\"]"),
            "1: command: " + dir_.path() + "/bin: is a folder");
  Write("bin/plain", "text");
  EXPECT_EQ(Mistake("worker.command = [\"bin/plain\"]"),
            "1: command: " + dir_.path() + "/bin/plain: is not executable (chmod +x)");
}

TEST_F(FleetFileTest, AProgramBesideTheFileIsSuggested) {
  Write("server", "");
  chmod((dir_.path() + "/server").c_str(), 0700);
  EXPECT_EQ(Mistake("worker.command = [\"server\"]"),
            "1: command: no executable \"server\" on PATH; did you mean \"./server\"?");
}

TEST_F(FleetFileTest, AStateDirTooLongForASocketIsReportedAtItsLine) {
  EXPECT_THAT(Mistake("\nstate_dir = \"/" + std::string(100, 'x') + "\""),
              testing::AllOf(testing::StartsWith("2: state_dir: "),
                             testing::EndsWith(" is too long for a Unix socket's path")));
}

TEST_F(FleetFileTest, AFileThatCannotBeReadIsReportedAtItsFirstLine) {
  EXPECT_EQ(LoadFleetFile(dir_.path() + "/none.toml").status().message(),
            dir_.path() + "/none.toml:1: cannot read the file: No such file or directory");
  EXPECT_EQ(LoadFleetFile(dir_.path()).status().message(),
            dir_.path() + ":1: cannot read the file: it is not a regular file");
  EXPECT_EQ(Mistake(std::string((1 << 20) + 1, '\n')),
            "1: cannot read the file: it is larger than 1 MiB");
}

}  // namespace
}  // namespace rollport::fleet_file
