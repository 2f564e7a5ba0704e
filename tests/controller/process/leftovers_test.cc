#include "controller/process/leftovers.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/proc.h"

namespace rollport::controller {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Runs `act` in a process of its own, which is to leave with status 0.
template <typename Act>
void InAProcess(Act act) {
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, nullptr);
    act();
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

pid_t ForkSleeper(bool own_group = false) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (own_group) setpgid(0, 0);
  while (true) pause();
}

// Each of its processes forks the next one, and ends.
void ForkOn() {
  for (pid_t child = fork(); true; child = fork()) {
    if (child > 0) _exit(0);
  }
}

TEST(LeftoversTest, WhatDescendsFromItIsKilled) {
  InAProcess([] {
    ForkSleeper();
    ForkSleeper(/*own_group=*/true);
    EXPECT_THAT(KillDescendants(absl::Seconds(20)), IsEmpty());
    EXPECT_EQ(waitpid(-1, nullptr, 0), -1) << "not reaped";
  });
}

TEST(LeftoversTest, WhatForksOnTooAlsoInAGroupOfItsOwn) {
  for (const bool own_group : {false, true}) {
    InAProcess([own_group] {
      if (fork() == 0) {
        if (own_group) setpgid(0, 0);
        ForkOn();
      }
      EXPECT_THAT(KillDescendants(absl::Seconds(20)), IsEmpty());
    });
  }
}

// A process that is traced like this does not end when it is killed, before its tracer lets it: as
// one that sleeps uninterruptibly.
TEST(LeftoversTest, WhatCannotBeKilledIsNotWaitedFor) {
  InAProcess([] {
    const pid_t stuck = ForkSleeper();
    ForkSleeper();
    if (ptrace(PTRACE_SEIZE, stuck, 0, PTRACE_O_TRACEEXIT) != 0) GTEST_SKIP() << "no ptrace(2)";
    EXPECT_THAT(KillDescendants(absl::Milliseconds(200)), ElementsAre(stuck));
    EXPECT_EQ(DescribeProcess(stuck), absl::StrCat(*os::Comm(stuck), " (process ", stuck, ", user ",
                                                   geteuid(), ", state t)"));
  });
}

// As of a set-user-ID program that has taken on its user.
TEST(LeftoversTest, NorIsAProcessOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  InAProcess([&ends] {
    const pid_t roots = ForkSleeper();
    ASSERT_EQ(write(ends[1], &roots, sizeof roots), static_cast<ssize_t>(sizeof roots));
    ASSERT_EQ(setresuid(65534, 65534, 65534), 0);
    EXPECT_THAT(KillDescendants(absl::Milliseconds(200)), ElementsAre(roots));
  });
  pid_t roots = 0;
  ASSERT_EQ(read(ends[0], &roots, sizeof roots), static_cast<ssize_t>(sizeof roots));
  EXPECT_EQ(kill(roots, SIGKILL), 0);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace rollport::controller
