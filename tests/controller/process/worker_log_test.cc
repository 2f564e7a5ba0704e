#include "controller/process/worker_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::controller {
namespace {

using testing::ElementsAre;

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

}  // namespace
}  // namespace rollport::controller
