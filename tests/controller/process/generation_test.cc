#include "controller/process/generation.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/child.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

class GenerationTest : public testing::Test {
 protected:
  // /bin/true and /bin/false are two programs that tell by their exit status which of them runs.
  void Install(const char* program) {
    std::filesystem::copy_file(program, path_, std::filesystem::copy_options::overwrite_existing);
  }
  Generation Take(std::vector<std::string> command = {"./server"}) {
    auto generation = Generation::Take(GenerationId(1), std::move(command), {}, dir_.path());
    EXPECT_TRUE(generation.ok()) << generation.status();
    return *std::move(generation);
  }
  // The exit status of the program that runs now.
  int Run(const Generation& generation) {
    const Generation::Executable executable = generation.ToExecute();
    os::LaunchSpec spec;
    spec.path = executable.path;
    spec.executable_fd = executable.fd;
    spec.argv = generation.command();
    auto child = os::Child::Launch(spec);
    EXPECT_TRUE(child.ok()) << child.status();
    return child.ok() ? child->Wait()->code : -1;
  }

  TempDir dir_;
  const std::string path_ = dir_ / "server";
};

TEST_F(GenerationTest, AFileThatIsTheSameIsExecutedByItsPath) {
  // Not one that was installed a moment ago, whose ctime may tell nothing.
  const Generation generation = Take({"/bin/true"});
  EXPECT_EQ(generation.path(), "/bin/true");
  EXPECT_EQ(generation.not_kept(), "");
  EXPECT_EQ(generation.ToExecute().fd, -1);
  EXPECT_EQ(Run(generation), 0);
}

TEST_F(GenerationTest, TheFormerBytesRunWhenTheFileWasOverwritten) {
  Install("/bin/true");
  const Generation generation = Take();
  Install("/bin/false");
  EXPECT_NE(generation.ToExecute().fd, -1);
  EXPECT_EQ(Run(generation), 0);
  EXPECT_EQ(Run(Take()), 1) << "a new generation has the new bytes";
}

TEST_F(GenerationTest, TheFormerBytesRunWhenTheFileWasDeleted) {
  Install("/bin/true");
  const Generation generation = Take();
  ASSERT_EQ(unlink(path_.c_str()), 0);
  EXPECT_EQ(Run(generation), 0);
}

TEST_F(GenerationTest, TheFormerBytesRunWhenTheFileWasReplacedByRename) {
  Install("/bin/true");
  const Generation generation = Take();
  std::filesystem::copy_file("/bin/false", dir_ / "new");
  ASSERT_EQ(rename((dir_ / "new").c_str(), path_.c_str()), 0);
  EXPECT_EQ(Run(generation), 0);
}

TEST_F(GenerationTest, TheFormerBytesRunWhenSizeAndMtimeWereForged) {
  Install("/bin/true");
  const Generation generation = Take();
  struct stat st;
  ASSERT_EQ(stat(path_.c_str(), &st), 0);
  Install("/bin/false");
  ASSERT_EQ(truncate(path_.c_str(), st.st_size), 0);
  const timespec times[2] = {st.st_atim, st.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, path_.c_str(), times, 0), 0);
  EXPECT_EQ(Run(generation), 0);
}

TEST_F(GenerationTest, TheKeptBytesAreSealed) {
  Install("/bin/true");
  const Generation generation = Take();
  ASSERT_EQ(unlink(path_.c_str()), 0);
  const int fd = generation.ToExecute().fd;
  EXPECT_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  EXPECT_EQ(pwrite(fd, "x", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

TEST_F(GenerationTest, OfAScriptOnlyTheCommandIsKept) {
  std::ofstream(path_) << "#!/bin/sh\nexit 3\n";
  ASSERT_EQ(chmod(path_.c_str(), 0700), 0);
  const Generation generation = Take();
  EXPECT_EQ(generation.not_kept(), path_ + " is a script: only the command is kept, not its text");
  EXPECT_EQ(Run(generation), 3);
  std::ofstream(path_) << "#!/bin/sh\nexit 4\n";
  EXPECT_EQ(generation.ToExecute().fd, -1);
  EXPECT_EQ(Run(generation), 4);
}

TEST_F(GenerationTest, AProgramOnPathIsTaken) {
  const Generation generation = Take({"true"});
  EXPECT_EQ(std::filesystem::path(generation.path()).filename(), "true");
  EXPECT_EQ(Run(generation), 0);
}

TEST_F(GenerationTest, AProgramThatIsNotThereIsNamed) {
  const auto generation = Generation::Take(GenerationId(1), {"./server"}, {}, dir_.path());
  EXPECT_EQ(generation.status().message(), path_ + ": No such file or directory");
}

// What another controller makes of a generation, while `running` runs of it.
Generation Again(const Generation& generation, const std::vector<pid_t>& running) {
  return Generation::Restore(generation.Memo(), running);
}

TEST_F(GenerationTest, IsMadeAgainFromTheFileWhereThatIsUnchanged) {
  const Generation generation = Take({"/bin/true"});
  const Generation again = Again(generation, {});
  EXPECT_EQ(again.id(), generation.id());
  EXPECT_EQ(again.command(), generation.command());
  EXPECT_EQ(again.not_kept(), "");
  EXPECT_EQ(Run(again), 0);
}

TEST_F(GenerationTest, IsMadeAgainFromAProcessThatExecutesAFileThatIsGone) {
  Install("/bin/sleep");
  const Generation generation = Take({"./server", "1000"});
  os::Child running = *os::Child::Launch({.path = path_, .argv = {"server", "1000"}});
  std::filesystem::remove(path_);
  Install("/bin/false");
  const Generation again = Again(generation, {running.pid()});
  EXPECT_EQ(again.not_kept(), "");
  ASSERT_TRUE(running.Signal(SIGKILL).ok());
  ASSERT_TRUE(running.Wait().ok());
  // sleep(1) without an operand.
  const Generation::Executable executable = again.ToExecute();
  EXPECT_GE(executable.fd, 0);
  struct stat kept, sleep;
  ASSERT_EQ(fstat(executable.fd, &kept), 0);
  ASSERT_EQ(stat("/bin/sleep", &sleep), 0);
  EXPECT_EQ(kept.st_size, sleep.st_size);
}

TEST_F(GenerationTest, IsMadeAgainFromAProcessThatExecutesTheKeptCopy) {
  Install("/bin/sleep");
  const Generation generation = Take({"./server", "1000"});
  std::filesystem::remove(path_);
  const Generation::Executable executable = generation.ToExecute();
  os::Child running = *os::Child::Launch(
      {.path = executable.path, .executable_fd = executable.fd, .argv = generation.command()});
  const Generation again = Again(generation, {running.pid()});
  EXPECT_EQ(again.not_kept(), "");
  // And once more, by those who know the copy only.
  EXPECT_EQ(Again(again, {running.pid()}).not_kept(), "");
  EXPECT_EQ(again.Memo().bytes, generation.Memo().bytes);
  ASSERT_TRUE(running.Signal(SIGKILL).ok());
  ASSERT_TRUE(running.Wait().ok());
}

TEST_F(GenerationTest, SaysWhereItsBytesAreGone) {
  Install("/bin/true");
  const Generation generation = Take();
  std::filesystem::remove(path_);
  Install("/bin/false");
  EXPECT_THAT(Again(generation, {}).not_kept(), testing::HasSubstr("its bytes went"));
  // A process that executes something else is no source.
  EXPECT_THAT(Again(generation, {getpid()}).not_kept(), testing::HasSubstr("its bytes went"));
}

}  // namespace
}  // namespace rollport::controller
