#include "controller/process/pipe_keeper.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

namespace rollport::controller {
namespace {

// In a process of its own, whose only reader dies as a controller would.
TEST(PipeKeeperTest, AWriterLivesOnWithoutTheController) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  os::UniqueFd read_end(ends[0]);
  const os::UniqueFd write_end(ends[1]);
  const pid_t controller = fork();
  ASSERT_GE(controller, 0);
  if (controller == 0) {
    auto keeper = PipeKeeper::Start();
    if (keeper.ok()) (*keeper)->Keep(read_end.get());
    // Without destructors: it crashes.
    _exit(keeper.ok() ? 0 : 1);
  }
  int status;
  ASSERT_EQ(waitpid(controller, &status, 0), controller);
  ASSERT_EQ(status, 0);
  read_end.Reset();
  // Much more than a pipe holds; without the keeper SIGPIPE would end this test.
  const std::string block(64 << 10, 'x');
  for (int i = 0; i < 64; ++i) {
    ASSERT_EQ(write(write_end.get(), block.data(), block.size()),
              static_cast<ssize_t>(block.size()));
  }
}

TEST(PipeKeeperTest, TakesNothingWhileTheControllerLives) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  const os::UniqueFd read_end(ends[0]), write_end(ends[1]);
  const auto keeper = *PipeKeeper::Start();
  keeper->Keep(read_end.get());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(write(write_end.get(), "x", 1), 1);
    char byte;
    ASSERT_EQ(read(read_end.get(), &byte, 1), 1);
  }
}

// It was forked with one open; with that the pipe would never end.
TEST(PipeKeeperTest, HoldsNoWritingEnd) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const os::UniqueFd read_end(ends[0]);
  os::UniqueFd write_end(ends[1]);
  const auto keeper = *PipeKeeper::Start();
  keeper->Keep(read_end.get());
  write_end.Reset();
  char byte;
  EXPECT_EQ(read(read_end.get(), &byte, 1), 0) << "the end of the pipe";
}

}  // namespace
}  // namespace rollport::controller
