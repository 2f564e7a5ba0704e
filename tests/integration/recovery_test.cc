// What a fleet comes back to, and how soon: the former bytes, whatever became of their file, and a
// worker that keeps dying.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/unique_fd.h"
#include "tests/integration/clients.h"
#include "tests/integration/fleet_process.h"
#include "tests/support/eventually.h"

namespace rollport::integration {
namespace {

using nlohmann::json;
using testing::AnyOf;
using testing::ElementsAre;

// What the controller's log says happened to the workers of one slot, with its own times.
struct Happening {
  absl::Time at;
  int64_t generation = 0;
  std::string event;  // "WorkerStateChanged", "WorkerExited", …
  std::string phase;  // that was entered, where one was
  std::string reason;
};

std::vector<Happening> Log(const FleetProcess& fleet, int slot) {
  std::vector<Happening> all;
  for (const json& event : fleet.Events()) {
    if (event.value("slot", -1) != slot) continue;
    Happening& h = all.emplace_back();
    const std::string at = event["at"];
    EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, at, &h.at, nullptr)) << event;
    h.generation = event["generation"];
    h.event = event["event"];
    h.phase = event.value("phase", "");
    h.reason = event.value("reason", "");
  }
  return all;
}

bool IsExit(const Happening& h) { return h.event == "WorkerExited"; }

// From each death of the slot's worker to the launch of the next one.
std::vector<absl::Duration> Pauses(const std::vector<Happening>& log) {
  std::vector<absl::Duration> pauses;
  std::optional<absl::Time> died;
  for (const Happening& h : log) {
    if (IsExit(h)) died = h.at;
    if (h.phase == "starting" && died.has_value()) pauses.push_back(h.at - *died);
  }
  return pauses;
}

// What the worker of that slot executes.
std::string Executed(const FleetProcess& fleet, size_t slot) {
  const pid_t pid = fleet.Status()["workers"][slot]["pid"];
  return std::filesystem::read_symlink(absl::StrCat("/proc/", pid, "/exe"));
}

// Waits until the file's ctime is so old that a change of it would show.
void AwaitAge(const std::string& path) {
  EXPECT_TRUE(Eventually([&path] {
    struct stat st;
    return stat(path.c_str(), &st) == 0 &&
           absl::Now() - absl::TimeFromTimespec(st.st_ctim) > absl::Milliseconds(200);
  }));
}

// Kills the worker of that slot and waits until another one serves there.
void KillAndAwait(FleetProcess& fleet, size_t slot) {
  const json before = fleet.Status()["workers"][slot]["pid"];
  kill(before.get<pid_t>(), SIGKILL);
  EXPECT_TRUE(fleet.Await([&](const json& s) {
    return s["state"] == "steady" && s["workers"].size() == 3 &&
           s["workers"][slot]["pid"] != before && s["workers"][slot]["state"] == "serving";
  })) << fleet.log();
}

TEST(RecoveryTest, WhatRanBeforeRunsAgainAlthoughItsFileWasDeleted) {
  FleetProcess fleet;
  AwaitAge(fleet.server());
  fleet.Start();
  std::filesystem::remove(fleet.server());
  KillAndAwait(fleet, 0);
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("1"));
}

TEST(RecoveryTest, WhatRanBeforeRunsAgainAlthoughItsFileWasOverwrittenInPlace) {
  FleetProcess fleet;
  AwaitAge(fleet.server());
  fleet.Start();
  EXPECT_EQ(Executed(fleet, 0), fleet.server());
  // While a worker executes the file the kernel lets nobody write to it (ETXTBSY). A file whose
  // ctime has changed is not trusted any more: then they run from the copy that was taken of it.
  chmod(fleet.server().c_str(), 0750);
  for (size_t slot = 0; slot < 3; ++slot) KillAndAwait(fleet, slot);
  const os::UniqueFd file(open(fleet.server().c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  ASSERT_TRUE(file.valid()) << strerror(errno);
  const std::string bad = "#!/bin/sh\nexit 1\n";
  ASSERT_EQ(write(file.get(), bad.data(), bad.size()), static_cast<ssize_t>(bad.size()));
  {
    const Clients clients(fleet);
    const json verdict = fleet.Roll();
    EXPECT_EQ(verdict["outcome"], "reverted") << verdict;
  }
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("1"));
  KillAndAwait(fleet, 0);
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("1"));
}

// The new release dies when it has been admitted everywhere it got to; the file on disk is by then
// another one. What the fleet goes back to is what ran before. Clients lose what is inside a worker
// in the moment of its death, and nothing else.
TEST(RecoveryTest, AReleaseThatDiesAfterItWasAdmittedIsRevertedInEverySlot) {
  FleetProcess fleet({.workers = 4,
                      .roll = "min_healthy_time = \"200ms\"\nhealthy_deadline = \"2s\"\n"
                              "drain_timeout = \"2s\"\n"});
  fleet.Start();
  std::vector<std::string> command = fleet.ServerCommand({"--fault", "exit-after=600ms"});
  command[0] = ProgramPath("rollport-httpd");
  // Overwritten in the way of an installer: a new file under the old name.
  WriteFile(fleet.folder() + "/new", "#!/bin/sh\nexit 1\n");
  chmod((fleet.folder() + "/new").c_str(), 0755);
  std::filesystem::rename(fleet.folder() + "/new", fleet.server());
  Clients clients(fleet);
  const json verdict = fleet.Roll(command);
  EXPECT_EQ(verdict["outcome"], "reverted") << verdict;
  EXPECT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  EXPECT_THAT(fleet.AnsweringGenerations(), ElementsAre("1"));

  int64_t deaths = 0;
  for (int slot = 0; slot < 4; ++slot) {
    for (const Happening& h : Log(fleet, slot)) {
      deaths += h.generation == 2 && IsExit(h) && h.reason == "exited with status 1";
    }
  }
  EXPECT_GE(deaths, 1);
  const json report = clients.End();
  EXPECT_LE(report["lost"], deaths * (Clients::kFresh + Clients::kKeepAlive));
  for (const json& loss : report["losses"]) {
    // A connection that was there broke; no other worker had served it.
    EXPECT_THAT(loss["kind"].get<std::string>(),
                AnyOf("reset", "reset_midway", "closed", "crossed_close", "cut"))
        << loss;
    EXPECT_THAT(loss["served_by"].get<std::string>(), AnyOf("", testing::EndsWith("generation 2")))
        << loss;
  }
}

TEST(RecoveryTest, AWorkerThatKeepsDyingIsRestartedWithGrowingPausesAndItsShareGoesToTheOthers) {
  const TempDir dir;
  const std::string script = dir / "server", sick = dir / "sick";
  FleetProcess fleet({.command = {script, ProgramPath("rollport-httpd"), "--debug-endpoints"}});
  WriteFile(script, absl::StrCat("#!/bin/sh\n"
                                 "[ \"$ROLLPORT_SLOT\" = 1 ] && [ -e ",
                                 sick, " ] && exit 1\nexec \"$@\"\n"));
  chmod(script.c_str(), 0755);
  fleet.Start();
  WriteFile(sick, "");
  kill(fleet.Status()["workers"][1]["pid"].get<pid_t>(), SIGKILL);

  constexpr size_t kRestarts = 5;
  EXPECT_TRUE(Eventually([&] { return Pauses(Log(fleet, 1)).size() >= kRestarts; })) << fleet.log();
  // Two workers have all of it while the third one waits for its turn.
  EXPECT_TRUE(fleet.Await([](const json& status) {
    int half = 0;
    for (const json& w : status["workers"]) half += w["share"] == 0.5;
    return half == 2;
  }));
  // The first one is at once; then 250 ms, 500 ms, 1 s, …, of which up to a half is left to chance.
  // The log has the moments at which the controller learnt of a death and had launched.
  const std::vector<absl::Duration> pauses = Pauses(Log(fleet, 1));
  for (size_t i = 1; i < pauses.size(); ++i) {
    EXPECT_GE(pauses[i], absl::Milliseconds(125) * (1 << (i - 1))) << i;
  }
  std::filesystem::remove(sick);
  EXPECT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
}

// By a cleaner of /tmp, or by a person.
TEST(RecoveryTest, AStateDirThatWasRemovedIsMadeAgain) {
  FleetProcess fleet;
  fleet.Start();
  std::filesystem::remove_all(fleet.folder() + "/state");
  EXPECT_TRUE(fleet.AwaitSteady(1)) << fleet.log();
  // Workers find the notify socket, and nobody else may run this fleet.
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  EXPECT_EQ(RunProgram({ProgramPath("rollport"), "-f", fleet.file(), "run"}).code, 1);
  EXPECT_EQ(fleet.Told("StateDirRestored"), 1) << fleet.log();
}

}  // namespace
}  // namespace rollport::integration
