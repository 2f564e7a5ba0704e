#include "controller/process/worker_log.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "controller/process/pipe_keeper.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/proc.h"

namespace rollport::controller {
namespace {

using testing::ElementsAre;

class LineBufferTest : public testing::Test {
 protected:
  std::vector<std::string> lines_;
  LineBuffer buffer_{[this](const std::string& line) { lines_.push_back(line); }};
};

TEST_F(LineBufferTest, CutsAtLineEnds) {
  buffer_.Add("one\ntw");
  EXPECT_THAT(lines_, ElementsAre("one"));
  buffer_.Add("o\r\n\nthree");
  EXPECT_THAT(lines_, ElementsAre("one", "two", ""));
  buffer_.End();
  buffer_.End();
  EXPECT_THAT(lines_, ElementsAre("one", "two", "", "three"));
}

TEST_F(LineBufferTest, ALineWithoutEndIsCutIntoSeveral) {
  buffer_.Add(std::string(2 * LineBuffer::kLongest + 1, 'x'));
  EXPECT_EQ(lines_.size(), 2U);
  buffer_.Add("y\n");
  ASSERT_EQ(lines_.size(), 3U);
  EXPECT_EQ(lines_[1], std::string(LineBuffer::kLongest, 'x'));
  EXPECT_EQ(lines_[2], "xy");
  // One that is just as long as may be is one.
  buffer_.Add(std::string(LineBuffer::kLongest, 'z') + "\n");
  EXPECT_EQ(lines_.size(), 4U);
}

TEST_F(LineBufferTest, ControlCharactersCannotReachATerminal) {
  buffer_.Add(std::string("\x1b[2Jred\t\0é\n", 12));
  EXPECT_THAT(lines_, ElementsAre("?[2Jred\t?é"));
}

class WorkerLogTest : public testing::Test {
 protected:
  WorkerLogTest() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    write_end_.Reset(ends[1]);
    log_.emplace(*loop_, os::UniqueFd(ends[0]),
                 [this](const std::string& line) { lines_.push_back(line); });
  }
  void Write(const std::string& text) {
    EXPECT_EQ(write(write_end_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // Turns until nothing happens any more.
  int Turns() {
    int turns = 0;
    size_t before;
    do {
      before = lines_.size();
      EXPECT_TRUE(loop_->Turn(absl::ZeroDuration()).ok());
    } while (++turns < 100 && lines_.size() != before);
    return turns;
  }

  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  std::vector<std::string> lines_;
  os::UniqueFd write_end_;
  std::optional<WorkerLog> log_;
};

TEST_F(WorkerLogTest, TellsLinesAndWhatIsLeftAtTheEnd) {
  Write("one\ntwo");
  Turns();
  EXPECT_THAT(lines_, ElementsAre("one"));
  Write("\nthree");
  log_.reset();
  EXPECT_THAT(lines_, ElementsAre("one", "two", "three"));
}

TEST_F(WorkerLogTest, AClosedPipeIsNotAskedAgainAndAgain) {
  Write("last");
  write_end_.Reset();
  ASSERT_TRUE(loop_->Turn(absl::Seconds(5)).ok());
  ASSERT_TRUE(loop_->Turn(absl::Seconds(5)).ok());
  EXPECT_THAT(lines_, ElementsAre("last"));
  // Nothing but the second's timer is left to wait for.
  const Instant before = loop_->Now();
  ASSERT_TRUE(loop_->Turn(absl::Milliseconds(50)).ok());
  EXPECT_GE(loop_->Now() - before, absl::Milliseconds(40));
}

TEST_F(WorkerLogTest, OfAFloodSomeIsToldAndTheRestCounted) {
  std::string block;
  for (int i = 0; i < 3000; ++i) absl::StrAppend(&block, i, "\n");
  Write(block);
  Turns();
  EXPECT_EQ(lines_.size(), static_cast<size_t>(WorkerLog::kLinesPerSecond));
  log_.reset();
  EXPECT_EQ(lines_.back(), "[2000 lines left out]");
}

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
