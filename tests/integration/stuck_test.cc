// What does not end when it is killed, and a log that nobody reads, hold nothing up.
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/fleet_process.h"
#include "tests/support/eventually.h"

namespace rollport::integration {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// From its next signal on the process does nothing any more, and it does not end when it is killed,
// as one that sleeps uninterruptibly: it is traced, and its tracer does not let it go on.
class Stuck {
 public:
  explicit Stuck(pid_t pid) : pid_(pid) {
    EXPECT_EQ(ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_TRACEEXIT), 0);
  }
  ~Stuck() { LetGo(); }
  void LetGo() {
    if (pid_ == 0) return;
    waitpid(pid_, nullptr, __WALL | WNOHANG);
    ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
    EXPECT_TRUE(Eventually([this] { return !Runs(pid_); }));
    pid_ = 0;
  }

 private:
  pid_t pid_;
};

const json* Row(const json& status, pid_t pid) {
  const auto row = std::ranges::find_if(status["workers"],
                                        [pid](const json& worker) { return worker["pid"] == pid; });
  return row == status["workers"].end() ? nullptr : &*row;
}

FleetOptions Impatient() {
  return {.workers = 2, .roll = "min_healthy_time = \"20ms\"\ndrain_timeout = \"300ms\"\n"};
}

TEST(StuckTest, AWorkerThatDoesNotEndWhenItIsKilledHoldsNoRollUp) {
  FleetProcess fleet(Impatient());
  fleet.Start();
  const pid_t pid = fleet.Status()["workers"][0]["pid"];
  Stuck stuck(pid);
  const json verdict = fleet.Roll();
  EXPECT_EQ(verdict["outcome"], "rolled") << verdict;
  EXPECT_THAT(verdict["reason"].get<std::string>(), HasSubstr("does not end"));
  EXPECT_THAT(verdict["reason"].get<std::string>(), HasSubstr(std::to_string(pid)));
  EXPECT_EQ(fleet.Told("KillFailed"), 1) << fleet.log();
  const json status = fleet.Status();
  const json* row = Row(status, pid);
  ASSERT_NE(row, nullptr) << status;
  EXPECT_EQ((*row)["state"], "stuck");
  EXPECT_EQ(status["foreign_listeners"], 0) << "its listener has been shut down";
  EXPECT_EQ(fleet.Roll()["reason"], "") << "the next roll has nothing to do with it";
  stuck.LetGo();
  EXPECT_TRUE(fleet.Await([pid](const json& s) { return Row(s, pid) == nullptr; }));
  fleet.Stop();
}

TEST(StuckTest, NorAStop) {
  FleetProcess fleet(Impatient());
  fleet.Start();
  const pid_t pid = fleet.Status()["workers"][0]["pid"];
  Stuck stuck(pid);
  EXPECT_EQ(fleet.Call({"stop"}).code, 0);
  const Finished ended = fleet.Abandon();
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.err, HasSubstr("could not be ended, and is left behind"));
  EXPECT_THAT(ended.err, HasSubstr("process " + std::to_string(pid)));
}

// Its own reader, which does not read.
absl::Status FillStderr() {
  int ends[2];
  if (pipe(ends) != 0) return absl::InternalError("pipe");
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  while (write(ends[1], "xxxxxxxx", 8) > 0) {
  }
  fcntl(ends[1], F_SETFL, 0);
  dup2(ends[1], STDERR_FILENO);
  fcntl(ends[0], F_DUPFD, 900);
  return absl::OkStatus();
}

TEST(StuckTest, ALogThatNobodyReadsHoldsNeitherARollNorAStopUp) {
  FleetProcess fleet({.workers = 2, .before_exec = FillStderr});
  fleet.Start();
  EXPECT_EQ(fleet.Roll()["outcome"], "rolled");
  fleet.Stop();
}

}  // namespace
}  // namespace rollport::integration
