#include "controller/record/state_dir.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "absl/time/clock.h"
#include "fleet_file/state_paths.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/unix_socket.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

class StateDirTest : public testing::Test {
 protected:
  TempDir temp_;
  const std::string path_ = temp_ / "a/b/site";
};

TEST_F(StateDirTest, MakesThePathForItsOwnerOnlyAndRemovesWhatItMade) {
  {
    auto dir = StateDir::Open(path_, "site");
    ASSERT_TRUE(dir.ok()) << dir.status();
    ASSERT_TRUE(dir->ListenControl().ok());
    struct stat st;
    ASSERT_EQ(stat(path_.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0700U);
    ASSERT_EQ(stat(fleet_file::ControlSocketPath(path_).c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0600U);
    std::ifstream lock(path_ + "/controller.lock");
    pid_t pid = 0;
    lock >> pid;
    EXPECT_EQ(pid, getpid());
  }
  EXPECT_FALSE(Exists(temp_ / "a"));
}

TEST_F(StateDirTest, WhatWasRemovedIsMadeAgainAndLocked) {
  auto dir = StateDir::Open(path_, "site");
  ASSERT_TRUE(dir.ok());
  auto former = dir->ListenControl();
  ASSERT_TRUE(former.ok());
  EXPECT_TRUE(dir->Intact());
  unlink(fleet_file::ControlSocketPath(path_).c_str());
  EXPECT_FALSE(dir->Intact());
  EXPECT_TRUE(dir->Restore().ok());
  auto fresh = dir->ListenControl();
  ASSERT_TRUE(fresh.ok());
  EXPECT_TRUE(dir->Intact());

  std::filesystem::remove_all(temp_ / "a");
  EXPECT_FALSE(dir->Intact());
  EXPECT_TRUE(dir->Restore().ok());
  ASSERT_TRUE(dir->ListenControl().ok());
  EXPECT_TRUE(dir->Intact());
  EXPECT_TRUE(absl::IsAlreadyExists(StateDir::Open(path_, "site").status()));
}

TEST_F(StateDirTest, WhereAnotherControllerHasComeMeanwhileItIsNotTakenBack) {
  std::optional<StateDir> second;
  {
    auto first = StateDir::Open(path_, "site");
    ASSERT_TRUE(first.ok());
    std::filesystem::remove_all(temp_ / "a");
    second.emplace(*StateDir::Open(path_, "site"));
    EXPECT_TRUE(absl::IsAlreadyExists(first->Restore()));
  }
  EXPECT_TRUE(Exists(path_ + "/controller.lock"));
}

TEST_F(StateDirTest, ASecondControllerIsRefusedAndTheFirstIsNamed) {
  auto first = StateDir::Open(path_, "site");
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(first->ListenControl().ok());
  const absl::Status second = StateDir::Open(path_, "site").status();
  EXPECT_EQ(second.code(), absl::StatusCode::kAlreadyExists);
  const std::string lock = " (lock " + path_ + "/controller.lock)";
  const std::string holder = "site is already run by process " + std::to_string(getpid());
  EXPECT_EQ(second.message(), holder + lock);
  EXPECT_EQ(StateDir::Open(path_, "other").status().message(),
            holder +
                " in the same state_dir as other; give one of them another \"name\" or "
                "\"state_dir\"" +
                lock);
  EXPECT_TRUE(Exists(fleet_file::ControlSocketPath(path_)))
      << "the refused one has removed the socket";
}

TEST_F(StateDirTest, WhatAKilledControllerLeftIsTakenOver) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto dir = StateDir::Open(path_, "site");
    if (!dir.ok() || !dir->ListenControl().ok()) _exit(1);
    _exit(0);  // without destructors, as if killed
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  ASSERT_TRUE(Exists(fleet_file::ControlSocketPath(path_)));
  auto dir = StateDir::Open(path_, "site");
  ASSERT_TRUE(dir.ok()) << dir.status();
  const auto listener = dir->ListenControl();
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_TRUE(os::ConnectUnix(fleet_file::ControlSocketPath(path_)).ok());
}

// As between fork and exec.
TEST_F(StateDirTest, ALockThatAChildOfAKilledControllerStillHoldsIsWaitedFor) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto dir = StateDir::Open(path_, "site");
    if (dir.ok() && fork() == 0) {
      // The descriptor of the lock is closed with it.
      close(ends[0]);
      if (write(ends[1], "h", 1) != 1) _exit(1);
      absl::SleepFor(absl::Milliseconds(200));
      _exit(0);
    }
    _exit(dir.ok() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  char held;
  ASSERT_EQ(read(ends[0], &held, 1), 1);
  const auto dir = StateDir::Open(path_, "site");
  EXPECT_TRUE(dir.ok()) << dir.status();
  close(ends[0]);
  close(ends[1]);
}

TEST_F(StateDirTest, AFolderThatWasThereStaysAndSoDoesWhatOthersPutIntoIt) {
  ASSERT_EQ(mkdir((temp_ / "made").c_str(), 0700), 0);
  { ASSERT_TRUE(StateDir::Open(temp_ / "made", "site").ok()); }
  EXPECT_TRUE(Exists(temp_ / "made"));
  EXPECT_FALSE(Exists(temp_ / "made/controller.lock"));
  {
    ASSERT_TRUE(StateDir::Open(path_, "site").ok());
    auto dir = StateDir::Open(path_, "site");
    std::ofstream(path_ + "/precious") << "text";
  }
  EXPECT_TRUE(Exists(path_ + "/precious"));
}

TEST_F(StateDirTest, AFolderThatOthersMayWriteToIsRefused) {
  ASSERT_EQ(mkdir((temp_ / "open").c_str(), 0700), 0);
  ASSERT_EQ(chmod((temp_ / "open").c_str(), 0777), 0);
  const absl::Status status = StateDir::Open(temp_ / "open", "site").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("can be written to by others"));
}

TEST_F(StateDirTest, AFolderOfAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to give a folder away";
  ASSERT_EQ(mkdir((temp_ / "other").c_str(), 0700), 0);
  ASSERT_EQ(chown((temp_ / "other").c_str(), 12345, 12345), 0);
  EXPECT_THAT(std::string(StateDir::Open(temp_ / "other", "site").status().message()),
              testing::HasSubstr("belongs to user 12345, not to 0"));
}

TEST_F(StateDirTest, AFolderAroundItOfAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to give a folder away";
  ASSERT_EQ(mkdir((temp_ / "other").c_str(), 0755), 0);
  ASSERT_EQ(chown((temp_ / "other").c_str(), 12345, 12345), 0);
  EXPECT_EQ(StateDir::Open(temp_ / "other/site", "site").status().message(),
            "the folder around state_dir, " + (temp_ / "other") + ", belongs to user 12345");
  EXPECT_FALSE(Exists(temp_ / "other/site"));
}

TEST_F(StateDirTest, AFileInTheWayIsNamed) {
  std::ofstream(temp_ / "file") << "text";
  EXPECT_EQ(StateDir::Open(temp_ / "file", "site").status().message(),
            "state_dir " + (temp_ / "file") + " is not a folder");
  EXPECT_EQ(StateDir::Open(temp_ / "file/site", "site").status().message(),
            "mkdir " + (temp_ / "file/site") + ": Not a directory");
}

TEST_F(StateDirTest, RemovesWhatAControllerThatWasKilledHasMade) {
  const pid_t pid = fork();
  if (pid == 0) {
    const auto dir = StateDir::Open(path_, "site");
    _exit(dir.ok() ? 0 : 1);  // without a destructor
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  ASSERT_EQ(status, 0);
  ASSERT_TRUE(Exists(path_));
  {
    const auto dir = StateDir::Open(path_, "site");
    ASSERT_TRUE(dir.ok()) << dir.status();
    const auto second = StateDir::Open(path_, "site");
    EXPECT_THAT(std::string(second.status().message()),
                testing::HasSubstr("run by process " + std::to_string(getpid()) + " (lock"));
  }
  EXPECT_FALSE(Exists(temp_ / "a"));
}

}  // namespace
}  // namespace rollport::controller
