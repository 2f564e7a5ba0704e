#include "controller/process/worker_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "gtest/gtest.h"
#include "os/message_socket.h"
#include "os/proc.h"
#include "protocol/handover.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/worker_ids.h"
#include "tests/support/eventually.h"

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
  const Puppet stranger;
  os::Child held = stranger.TakeProcess();
  // A child of ours that is no worker's may be a daemon of the worker; the parent of this one is
  // another process.
  EXPECT_TRUE(absl::IsPermissionDenied(process().Follow(getpid())));
  EXPECT_TRUE(absl::IsPermissionDenied(process().Follow(getppid())));
  EXPECT_TRUE(absl::IsPermissionDenied(process().Follow(-1)));
  EXPECT_EQ(process().pid(), puppet().pid());
  ASSERT_TRUE(held.Signal(SIGKILL).ok());
  ASSERT_TRUE(held.Wait().ok());
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
