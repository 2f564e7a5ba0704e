#include "controller/process/pipe_keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "os/proc.h"
#include "os/unique_fd.h"

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

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    read_end.Reset(ends[0]);
    write_end.Reset(ends[1]);
  }
  // POLLOUT, or POLLERR when it has no reader any more.
  short State(short awaited) const {
    pollfd p = {.fd = write_end.get(), .events = awaited};
    EXPECT_EQ(poll(&p, 1, 10'000), 1);
    return p.revents;
  }
  os::UniqueFd read_end, write_end;
};

TEST(PipeKeeperTest, APipeForWhichItHasNoDescriptorIsNotKeptAndOthersAre) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer itself needs descriptors";
#endif
  const auto keeper = *PipeKeeper::Start();
  const std::vector<pid_t> children = os::DescendantPids(getpid());
  ASSERT_EQ(children.size(), 1U);
  // It has 0 to 3, and so room for one pipe.
  const rlimit limit = {.rlim_cur = 5, .rlim_max = 5};
  ASSERT_EQ(prlimit(children[0], RLIMIT_NOFILE, &limit, nullptr), 0);
  // The pipe of the first round is let go of when its writer has gone.
  for (int round = 0; round < 2; ++round) {
    Pipe kept, lost;
    for (Pipe* pipe : {&kept, &lost}) {
      keeper->Keep(pipe->read_end.get());
      pipe->read_end.Reset();
    }
    EXPECT_EQ(lost.State(0), POLLERR);
    EXPECT_EQ(kept.State(POLLOUT), POLLOUT);
  }
}

}  // namespace
}  // namespace rollport::controller
