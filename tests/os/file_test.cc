#include "os/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/child.h"
#include "os/unique_fd.h"
#include "tests/support/temp_dir.h"

namespace rollport::os {
namespace {

using testing::HasSubstr;

class FileTest : public testing::Test {
 protected:
  std::string Write(const char* name, const std::string& content) {
    std::ofstream(dir_ / name, std::ios::binary) << content;
    return dir_ / name;
  }
  TempDir dir_;
};

TEST_F(FileTest, ReadsEveryByte) {
  EXPECT_EQ(*ReadFile(Write("empty", "")), "");
  std::string content(100'000, 'x');
  content[7] = '\0';
  content[70'000] = '\n';
  EXPECT_EQ(*ReadFile(Write("long", content)), content);
}

TEST_F(FileTest, ReadsAFileOfProcWhoseSizeIsZero) {
  struct stat info;
  ASSERT_EQ(stat("/proc/self/status", &info), 0);
  ASSERT_EQ(info.st_size, 0);
  EXPECT_THAT(*ReadFile("/proc/self/status"), HasSubstr("\nPid:\t"));
  EXPECT_TRUE(ReadFile("/proc/self/status", {.regular_only = true}).ok());
}

TEST_F(FileTest, AnErrorNamesTheFile) {
  EXPECT_EQ(ReadFile("/no/such").status(),
            absl::NotFoundError("/no/such: No such file or directory"));
  EXPECT_EQ(ReadFile(dir_.path()).status().message(), dir_.path() + ": Is a directory");
}

TEST_F(FileTest, TheFilesNameCanBeLeftOut) {
  EXPECT_EQ(WithoutPath(ReadFile("/no/such").status(), "/no/such"),
            absl::NotFoundError("No such file or directory"));
  EXPECT_EQ(WithoutPath(absl::InternalError("other: x"), "/no/such").message(), "other: x");
}

TEST_F(FileTest, ALongerFileThanAllowedIsRefused) {
  const std::string path = Write("file", "12345678");
  EXPECT_EQ(*ReadFile(path, {.max_bytes = 8}), "12345678");
  EXPECT_EQ(ReadFile(path, {.max_bytes = 7}).status(),
            absl::OutOfRangeError(path + ": it is larger than 7 bytes"));
  // It has no end.
  EXPECT_EQ(ReadFile("/dev/zero", {.max_bytes = 2 << 20}).status(),
            absl::OutOfRangeError("/dev/zero: it is larger than 2 MiB"));
}

TEST_F(FileTest, OnlyARegularFileIsReadIfAskedFor) {
  const std::string pipe = dir_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& path : {pipe, dir_.path(), std::string("/dev/null")}) {
    EXPECT_EQ(ReadFile(path, {.regular_only = true}).status(),
              absl::InvalidArgumentError(path + ": it is not a regular file"));
  }
}

TEST_F(FileTest, ALinkIsFollowedUnlessItIsRefused) {
  const std::string link = dir_ / "link";
  ASSERT_EQ(symlink(Write("file", "content").c_str(), link.c_str()), 0);
  EXPECT_EQ(*ReadFile(link), "content");
  EXPECT_EQ(ReadFile(link, {.no_link = true}).status().message(),
            link + ": Too many levels of symbolic links");
  EXPECT_EQ(*ReadFile(dir_ / "file", {.no_link = true}), "content");
}

TEST_F(FileTest, TheFileOfAProcessThatHasEndedIsNotFound) {
  Child child = *Child::Launch({.path = "/bin/sleep", .argv = {"sleep", "1000"}});
  const std::string path = "/proc/" + std::to_string(child.pid()) + "/stat";
  const UniqueFd opened(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(child.Signal(SIGKILL).ok());
  ASSERT_TRUE(child.Wait().ok());
  EXPECT_EQ(ReadFile(path).status().code(), absl::StatusCode::kNotFound);
  // Opened before it ended: ESRCH.
  EXPECT_EQ(ReadToEnd(opened.get(), path, 4096).status(),
            absl::NotFoundError(path + ": No such process"));
}

TEST_F(FileTest, LeavesNoDescriptorOpen) {
  const UniqueFd before(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(ReadFile("/proc/self/stat").ok());
  EXPECT_FALSE(ReadFile("/dev/null", {.regular_only = true}).ok());
  const UniqueFd after(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(after.get(), before.get() + 1);
}

int write_end = -1;
int alarms = 0;

// Interrupts a read that waits, and lets it end only at the second time.
void OnAlarm(int) {
  if (++alarms < 2) return;
  [[maybe_unused]] const ssize_t n = write(write_end, "late", 4);
  close(write_end);
  const itimerval never = {};
  setitimer(ITIMER_REAL, &never, nullptr);
}

TEST_F(FileTest, ASignalDoesNotEndTheReading) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd read_end(ends[0]);
  write_end = ends[1];
  // Without SA_RESTART, so that read(2) fails with EINTR.
  struct sigaction action = {}, before;
  action.sa_handler = OnAlarm;
  ASSERT_EQ(sigaction(SIGALRM, &action, &before), 0);
  const itimerval soon = {.it_interval = {.tv_usec = 2000}, .it_value = {.tv_usec = 2000}};
  ASSERT_EQ(setitimer(ITIMER_REAL, &soon, nullptr), 0);
  const auto content = ReadToEnd(read_end.get(), "pipe", 100);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(*content, "late");
  EXPECT_EQ(alarms, 2);
  sigaction(SIGALRM, &before, nullptr);
}

}  // namespace
}  // namespace rollport::os
