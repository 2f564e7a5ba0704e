#include "controller/process/worker_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "os/file.h"
#include "os/message_socket.h"
#include "os/proc.h"
#include "protocol/handover.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/worker_ids.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

// It has ended; it may be a zombie that its new parent has not reaped yet.
bool IsGone(pid_t pid) {
  return Eventually([pid] {
    const absl::StatusOr<std::vector<os::ProcessSocket>> sockets = os::Sockets(pid);
    return !sockets.ok() || sockets->empty();
  });
}

class WorkerProcessTest : public testing::Test {
 protected:
  WorkerProcess& process() { return *fleet_.workers().Find(kOne); }
  Puppet& puppet() { return fleet_.puppet(kOne); }

  LiveFleet fleet_;
};

TEST_F(WorkerProcessTest, ItsEndIsReportedOnceWithItsStatus) {
  fleet_.Launch().Exit(7);
  EXPECT_EQ(fleet_.Reap(kOne), (os::ExitStatus{.code = 7}));
  EXPECT_EQ(waitpid(puppet().pid(), nullptr, WNOHANG), -1) << "reaped";
}

TEST_F(WorkerProcessTest, ItOwnsItsChildrenAndThoseThatHaveLostTheirParent) {
  const pid_t child = fleet_.Launch().Fork(/*escapes=*/false);
  EXPECT_TRUE(process().OwnsPid(puppet().pid()));
  EXPECT_TRUE(process().OwnsPid(child));
  EXPECT_FALSE(process().Holds(child));
  EXPECT_FALSE(process().OwnsPid(getpid()));
  EXPECT_FALSE(process().OwnsPid(0));
  EXPECT_FALSE(process().OwnsPid(-1));
}

// To an ordinary user the kernel refuses a look into a process that is not reaped yet.
TEST_F(WorkerProcessTest, AChildThatHasEndedHoldsNoSocket) {
  const pid_t child = fleet_.Launch().Fork(/*escapes=*/false);
  const auto before = process().Sockets();
  ASSERT_TRUE(before.ok()) << before.status();
  ASSERT_EQ(kill(child, SIGKILL), 0);
  ASSERT_TRUE(Eventually([child] { return os::StateOf(child).value_or('Z') == 'Z'; }));
  const auto after = process().Sockets();
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(*after, *before) << "its parent has the same ones";
}

TEST_F(WorkerProcessTest, ItsEndTakesTheChildrenOfItsGroupWithIt) {
  const pid_t child = fleet_.Launch().Fork(/*escapes=*/false);
  puppet().Exit(0);
  EXPECT_EQ(fleet_.Reap(kOne).code, 0);
  EXPECT_TRUE(IsGone(child));
}

TEST_F(WorkerProcessTest, AnObjectThatGoesLeavesNoProcessBehind) {
  const pid_t child = fleet_.Launch().Fork(/*escapes=*/false);
  const pid_t pid = puppet().pid();
  fleet_.workers().Remove(kOne);
  EXPECT_EQ(kill(pid, 0), -1) << "killed and reaped";
  EXPECT_TRUE(IsGone(child));
  EXPECT_EQ(fleet_.ended(kOne), std::nullopt) << "it is not reported any more";
}

TEST_F(WorkerProcessTest, AWorkerLivesOnAsTheMainProcessThatItHasNamed) {
  const pid_t child = fleet_.Launch().Fork(/*escapes=*/true);
  ASSERT_TRUE(process().Follow(child).ok());
  EXPECT_EQ(process().pid(), child);
  const uint64_t start_time = process().start_time();
  EXPECT_EQ(start_time, *os::StartTime(child));
  puppet().Exit(3);
  fleet_.RunFor(absl::Milliseconds(20));
  EXPECT_EQ(fleet_.ended(kOne), std::nullopt);
  process().Kill();
  fleet_.Reap(kOne);
  EXPECT_TRUE(IsGone(child));
}

TEST_F(WorkerProcessTest, IfTheMainProcessEndsTheLaunchedOneIsKilled) {
  const pid_t child = fleet_.Launch().Fork(/*escapes=*/true);
  ASSERT_TRUE(process().Follow(child).ok());
  ASSERT_EQ(kill(child, SIGKILL), 0);
  fleet_.Reap(kOne);
  EXPECT_EQ(kill(puppet().pid(), 0), -1);
}

TEST_F(WorkerProcessTest, ItMayGoBackToTheLaunchedProcess) {
  const pid_t child = fleet_.Launch().Fork(/*escapes=*/false);
  ASSERT_TRUE(process().Follow(child).ok());
  ASSERT_TRUE(process().Follow(puppet().pid()).ok());
  EXPECT_EQ(process().pid(), puppet().pid());
  // Its end is seen in the very turn in which it is no main process any more.
  ASSERT_EQ(kill(child, SIGKILL), 0);
  ASSERT_TRUE(IsGone(child));
  fleet_.RunFor(absl::Milliseconds(20));
  EXPECT_EQ(fleet_.ended(kOne), std::nullopt);
}

TEST_F(WorkerProcessTest, AStrangerIsNotFollowed) {
  fleet_.Launch();
  // A child of ours that no worker has launched, as the keeper of pipes is.
  const Puppet stranger;
  os::Child held = stranger.TakeProcess();
  EXPECT_TRUE(absl::IsPermissionDenied(process().Follow(stranger.pid())));
  EXPECT_TRUE(absl::IsPermissionDenied(process().Follow(getpid())));
  EXPECT_TRUE(absl::IsPermissionDenied(process().Follow(getppid())));
  EXPECT_TRUE(absl::IsPermissionDenied(process().Follow(-1)));
  EXPECT_EQ(process().pid(), puppet().pid());
  ASSERT_TRUE(held.Signal(SIGKILL).ok());
  ASSERT_TRUE(held.Wait().ok());
}

// Workers that run a script of the shell, as generation 1.
class ShellWorkerTest : public testing::Test {
 protected:
  ShellWorkerTest() { prctl(PR_SET_CHILD_SUBREAPER, 1); }
  ~ShellWorkerTest() override { prctl(PR_SET_CHILD_SUBREAPER, 0); }

  std::unique_ptr<WorkerProcess> Launch(int slot, const std::string& script) {
    return std::make_unique<WorkerProcess>(
        *loop_, WorkerId(slot + 1), SlotId(slot), GenerationId(1),
        *os::Child::Launch(
            {.path = "/bin/sh",
             .argv = {"sh", "-c", script},
             .environment = {absl::StrCat("ROLLPORT_SLOT=", slot), "ROLLPORT_GENERATION=1"},
             .directory = dir_.path(),
             .new_process_group = true}),
        *protocol::MappedPage::Private(), os::UniqueFd(), [this](os::ExitStatus) { ++ended_; });
  }
  // The number that a worker has written to that file.
  pid_t Written(const std::string& file) const {
    pid_t pid = 0;
    EXPECT_TRUE(Eventually([&] { return absl::SimpleAtoi(Read(file), &pid); })) << file;
    return pid;
  }
  std::string Read(const std::string& file) const {
    return std::string(absl::StripAsciiWhitespace(os::ReadFile(dir_ / file.c_str()).value_or("")));
  }
  // A daemon of a worker in this slot: it leads a session of its own, and its parent has ended.
  std::pair<std::unique_ptr<WorkerProcess>, pid_t> LaunchWithDaemon(int slot) {
    const std::string file = absl::StrCat("daemon", slot);
    auto worker = Launch(slot, absl::StrCat("(setsid sh -c 'echo $$ >", file,
                                            "; exec sleep 1000' &); exec sleep 1000"));
    const pid_t daemon = Written(file);
    EXPECT_TRUE(Eventually([&] { return os::ParentPid(daemon).value_or(0) == getpid(); }));
    return {std::move(worker), daemon};
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  const TempDir dir_;
  int ended_ = 0;
};

TEST_F(ShellWorkerTest, ItsDaemonIsFollowedAndThatOfAnotherWorkerIsNot) {
  const auto [one, its] = LaunchWithDaemon(0);
  const auto [other, others] = LaunchWithDaemon(1);
  EXPECT_TRUE(absl::IsPermissionDenied(one->Follow(others)));
  EXPECT_TRUE(absl::IsPermissionDenied(other->Follow(its)));
  EXPECT_TRUE(one->Follow(its).ok());
  EXPECT_EQ(one->pid(), its);
  ASSERT_EQ(kill(others, SIGKILL), 0);
  EXPECT_EQ(waitpid(others, nullptr, 0), others);
}

TEST_F(ShellWorkerTest, ADaemonOfAFormerWorkerOfTheSlotIsNotFollowed) {
  auto [former, daemon] = LaunchWithDaemon(0);
  former.reset();
  ASSERT_TRUE(Eventually([&, old = daemon] {
    // Start times are counted in ticks.
    const auto worker = Launch(0, "exec sleep 1000");
    return worker->start_time() > os::StartTime(old).value_or(0) &&
           absl::IsPermissionDenied(worker->Follow(old));
  }));
  ASSERT_EQ(kill(daemon, SIGKILL), 0);
  EXPECT_EQ(waitpid(daemon, nullptr, 0), daemon);
}

// Forks a process that has this pid and another start time, leads a group and waits until it is
// killed. False if that was not to be had this time.
bool ForkWithPid(pid_t pid, uint64_t other_start) {
  std::ofstream("/proc/sys/kernel/ns_last_pid") << pid - 1 << std::flush;
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    while (true) pause();
  }
  setpgid(child, child);
  if (child == pid && *os::StartTime(pid) != other_start) return true;
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return false;
}

TEST_F(ShellWorkerTest, AProcessThatHasThePidOfAReapedMainProcessIsLeftAlone) {
  const auto worker = Launch(0, "sleep 1000 & echo $! >main; wait; echo 1 >over; exec sleep 1000");
  const pid_t main = Written("main");
  ASSERT_TRUE(worker->Follow(main).ok());
  ASSERT_EQ(kill(main, SIGKILL), 0);
  Written("over");  // the shell has reaped it
  const uint64_t before = worker->start_time();
  bool forked = false;
  for (int i = 0; i < 2000 && !forked; ++i) forked = ForkWithPid(main, before);
  if (!forked) GTEST_SKIP() << "no pid can be chosen here";
  while (ended_ == 0) ASSERT_TRUE(loop_->Turn(absl::Milliseconds(2)).ok());
  EXPECT_EQ(waitpid(main, nullptr, WNOHANG), 0) << "the stranger lives";
  ASSERT_EQ(kill(main, SIGKILL), 0);
  EXPECT_EQ(waitpid(main, nullptr, 0), main);
}

TEST_F(WorkerProcessTest, NoConnectionCanBeSentToAWorkerThatHasEnded) {
  fleet_.Launch();
  EXPECT_FALSE(process().TakesConnections());
  ASSERT_EQ(protocol::Send(fleet_.channel(kOne), {.kind = protocol::Message::Kind::kTakes}),
            os::Sent::kSent);
  EXPECT_TRUE(process().TakesConnections());
  EXPECT_TRUE(process().TakesConnections()) << "said once, for good";
  // A predecessor has a duplicate, and a child that has escaped holds the other end.
  const os::UniqueFd duplicate(dup(process().channel()));
  const protocol::Message connection = {.kind = protocol::Message::Kind::kConnection};
  EXPECT_EQ(protocol::Send(duplicate.get(), connection), os::Sent::kSent);
  puppet().Exit(0);
  fleet_.Reap(kOne);
  EXPECT_EQ(protocol::Send(duplicate.get(), connection), os::Sent::kGone);
}

}  // namespace
}  // namespace rollport::controller
