#include "os/proc.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/child.h"
#include "os/socket.h"

namespace rollport::os {
namespace {

using testing::Contains;
using testing::ElementsAre;

TEST(ProcTest, FindsChildrenAndGrandchildren) {
  // The shell prints the pid of its child when it runs. Both are killed at the end, by their group.
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  Child child = *Child::Launch({.path = "/bin/sh",
                                .argv = {"sh", "-c", "sleep 1000 & echo $!; wait"},
                                .environment = {"PATH=/bin:/usr/bin"},
                                .stdout_fd = write_end.get(),
                                .new_process_group = true});
  char text[32] = {};
  ASSERT_GT(read(read_end.get(), text, sizeof text - 1), 0);
  const pid_t grandchild = std::stoi(text);
  EXPECT_THAT(DescendantPids(child.pid()), ElementsAre(grandchild));
  const std::vector<pid_t> ours = DescendantPids(getpid());
  EXPECT_THAT(ours, Contains(child.pid()));
  EXPECT_THAT(ours, Contains(grandchild));
  kill(-child.pid(), SIGKILL);
  ASSERT_TRUE(child.Wait().ok());
  EXPECT_TRUE(DescendantPids(child.pid()).empty());
}

TEST(ProcTest, FindsASocketByItsInode) {
  const UniqueFd listener = *Listen(*SocketAddress::Parse("127.0.0.1:0"), 1);
  const auto sockets = *Sockets(getpid());
  ASSERT_FALSE(sockets.empty());
  uint64_t inode = 0;
  for (const ProcessSocket& s : sockets) {
    if (s.fd == listener.get()) inode = s.inode;
  }
  ASSERT_NE(inode, 0U);
  EXPECT_EQ(*FindSocketFd(getpid(), inode), listener.get());
  EXPECT_EQ(*FindSocketFd(getpid(), inode + 1'000'000'000), std::nullopt);
  EXPECT_THAT(SocketHolders(inode), ElementsAre(getpid()));
}

TEST(ProcTest, ReadsAroundAnAwkwardName) {
  char before[16];
  prctl(PR_GET_NAME, before);
  const uint64_t start = *StartTime(getpid());
  prctl(PR_SET_NAME, "a) R (b 1 2");
  EXPECT_EQ(*Comm(getpid()), "a) R (b 1 2");
  EXPECT_EQ(*StartTime(getpid()), start);
  prctl(PR_SET_NAME, before);
  EXPECT_GE(*StartTime(getpid()), *StartTime(1));
}

TEST(ProcTest, AProcessThatIsNotThereIsNotFound) {
  Child child = *Child::Launch({.path = "/bin/true", .argv = {"true"}});
  ASSERT_TRUE(child.Wait().ok());
  EXPECT_EQ(StartTime(child.pid()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Comm(child.pid()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Sockets(child.pid()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(DescendantPids(child.pid()).empty());
}

TEST(ProcTest, TellsTheUserOfAProcess) {
  EXPECT_EQ(*UserOf(getpid()), geteuid());
  EXPECT_EQ(*UserOf(1), 0U);
}

TEST(ProcTest, TellsWhetherAProcessIsStopped) {
  EXPECT_EQ(*StateOf(getpid()), 'R');
  Child child = *Child::Launch({.path = "/bin/sleep", .argv = {"sleep", "1000"}});
  ASSERT_TRUE(child.Signal(SIGSTOP).ok());
  int status;
  ASSERT_EQ(waitpid(child.pid(), &status, WUNTRACED), child.pid());
  EXPECT_EQ(*StateOf(child.pid()), 'T');
  ASSERT_TRUE(child.Signal(SIGKILL).ok());
  ASSERT_TRUE(child.Wait().ok());
  EXPECT_EQ(StateOf(child.pid()).status().code(), absl::StatusCode::kNotFound);
}

TEST(ProcTest, TellsHowMuchMemoryAProcessUses) {
  constexpr size_t kSize = 32 << 20;
  const int64_t before = *ResidentBytes(getpid());
  EXPECT_GT(before, 0);
  const std::vector<char> touched(kSize, 'x');
  EXPECT_GE(*ResidentBytes(getpid()), before + static_cast<int64_t>(kSize) - (1 << 20));
  EXPECT_EQ(touched.back(), 'x');
}

TEST(ProcTest, FindsProcessesByAVariable) {
  const std::string variable = "ROLLPORT_PROC_TEST=" + std::to_string(getpid());
  Child child = *Child::Launch(
      {.path = "/bin/sleep", .argv = {"sleep", "1000"}, .environment = {"A=b", variable}});
  EXPECT_THAT(ProcessesWithVariable(variable), ElementsAre(child.pid()));
  EXPECT_TRUE(ProcessesWithVariable(variable + "0").empty());
  ASSERT_TRUE(child.Signal(SIGKILL).ok());
  ASSERT_TRUE(child.Wait().ok());
}

TEST(ProcTest, FindsOpenFilesByTheirNames) {
  const UniqueFd first(memfd_create("proc-test", MFD_CLOEXEC));
  const UniqueFd other(memfd_create("proc-test-2", MFD_CLOEXEC));
  const UniqueFd second(memfd_create("proc-test", MFD_CLOEXEC));
  EXPECT_EQ(*DescriptorsNamed(getpid(), "/memfd:proc-test (deleted)"),
            (std::vector<int>{first.get(), second.get()}));
}

TEST(ProcTest, ABootHasAName) {
  EXPECT_EQ(BootId().size(), 36U);
  EXPECT_EQ(BootId(), BootId());
}

}  // namespace
}  // namespace rollport::os
