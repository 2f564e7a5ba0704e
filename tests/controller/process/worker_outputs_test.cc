#include "controller/process/worker_outputs.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/proc.h"
#include "tests/controller/support/live_fleet.h"
#include "tests/controller/support/worker_ids.h"

namespace rollport::controller {
namespace {

using testing::ElementsAre;

class WorkerOutputsTest : public testing::Test {
 protected:
  WorkerOutputsTest() {
    EXPECT_TRUE(outputs_.Start([this] { ++lost_; }).ok());
    outputs_.set_on_line([this](const OutputLine& line) {
      lines_.push_back(absl::StrCat("slot ", line.slot.value(), " of ", line.generation.value(),
                                    " ", line.stream, ": ", line.text));
      pids_.push_back(line.pid);
    });
  }
  // The writing end of a worker's stream.
  os::UniqueFd Follow(WorkerId worker, const char* stream) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    outputs_.Follow(*fleet_.workers().Find(worker), stream, os::UniqueFd(ends[0]));
    return os::UniqueFd(ends[1]);
  }
  static void Write(const os::UniqueFd& end, const std::string& text) {
    EXPECT_EQ(write(end.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  // The process that keeps the pipes; 0 if there is none.
  static pid_t Keeper() {
    for (const pid_t pid : os::DescendantPids(getpid())) {
      if (os::Comm(pid).value_or("") == "rollport-keeper" && os::StateOf(pid).value_or('Z') != 'Z')
        return pid;
    }
    return 0;
  }
  // Whether it holds a descriptor of the same pipe.
  static bool Holds(pid_t pid, const os::UniqueFd& end) {
    struct stat st;
    EXPECT_EQ(fstat(end.get(), &st), 0);
    const auto numbers = os::DescriptorsNamed(pid, absl::StrCat("pipe:[", st.st_ino, "]"));
    return numbers.ok() && !numbers->empty();
  }

  int lost_ = 0;  // keepers
  LiveFleet fleet_;
  WorkerOutputs outputs_{fleet_.loop()};
  std::vector<std::string> lines_;
  std::vector<pid_t> pids_;
};

TEST_F(WorkerOutputsTest, EachLineIsToldWithTheWorkerAndTheStreamThatItCameFrom) {
  fleet_.Launch(SlotId(4), GenerationId(2));
  fleet_.Launch(SlotId(5), GenerationId(3));
  const os::UniqueFd out = Follow(kOne, "stdout"), err = Follow(kOne, "stderr");
  const os::UniqueFd other = Follow(kTwo, "stderr");
  Write(out, "one\n");
  Write(err, "two\n");
  Write(other, "three\n");
  ASSERT_TRUE(fleet_.RunUntil([this] { return lines_.size() == 3; }));
  EXPECT_THAT(lines_,
              testing::UnorderedElementsAre("slot 4 of 2 stdout: one", "slot 4 of 2 stderr: two",
                                            "slot 5 of 3 stderr: three"));
  EXPECT_THAT(pids_, testing::Contains(fleet_.puppet(kTwo).pid()));
}

TEST_F(WorkerOutputsTest, AKeeperThatDiesIsReplacedByOneThatHoldsTheSamePipes) {
  fleet_.Launch();
  const os::UniqueFd out = Follow(kOne, "stdout");
  for (int death = 1; death <= 2; ++death) {
    pid_t keeper = 0;  // it has no name yet when it has just been forked
    ASSERT_TRUE(fleet_.RunUntil([&] {
      keeper = Keeper();
      return Holds(keeper, out);
    }));
    ASSERT_EQ(kill(keeper, SIGKILL), 0);
    ASSERT_TRUE(fleet_.RunUntil([&] { return Keeper() != keeper && Holds(Keeper(), out); }));
    EXPECT_EQ(lost_, death);
  }
}

TEST_F(WorkerOutputsTest, WhatAWorkerWroteLastIsToldWhenItIsForgottenAndNothingAfterwards) {
  fleet_.Launch();
  fleet_.Launch();
  const os::UniqueFd out = Follow(kOne, "stdout"), other = Follow(kTwo, "stdout");
  Write(out, "last words");
  outputs_.Forget(kOne);
  EXPECT_THAT(lines_, ElementsAre("slot 0 of 1 stdout: last words"));
  Write(out, "from a child that was left behind\n");
  Write(other, "goes on\n");
  ASSERT_TRUE(fleet_.RunUntil([this] { return lines_.size() > 1; }));
  EXPECT_EQ(lines_.back(), "slot 0 of 1 stdout: goes on");
}

TEST_F(WorkerOutputsTest, TheLastLinesOfBothStreamsAreKeptUntilTheWorkerIsForgotten) {
  fleet_.Launch();
  fleet_.Launch();
  EXPECT_EQ(outputs_.LastLines(kOne), std::nullopt);
  const os::UniqueFd out = Follow(kOne, "stdout"), err = Follow(kOne, "stderr");
  EXPECT_THAT(outputs_.LastLines(kOne), testing::Optional(testing::IsEmpty()));
  Write(out, "one\ntwo\n");
  ASSERT_TRUE(fleet_.RunUntil([this] { return lines_.size() == 2; }));
  Write(err, "three\n" + std::string(300, 'x'));
  ASSERT_TRUE(fleet_.RunUntil([this] { return lines_.size() == 3; }));
  outputs_.EndReading(kOne);
  EXPECT_THAT(outputs_.LastLines(kOne),
              testing::Optional(ElementsAre("two", "three", std::string(200, 'x') + "...")));
  outputs_.Forget(kOne);
  EXPECT_EQ(outputs_.LastLines(kOne), std::nullopt);
}

TEST_F(WorkerOutputsTest, OutputThatGoesElsewhereIsNotFollowed) {
  fleet_.Launch();
  outputs_.Follow(*fleet_.workers().Find(kOne), "stdout", os::UniqueFd());
  outputs_.Forget(kOne);
  EXPECT_TRUE(lines_.empty());
}

}  // namespace
}  // namespace rollport::controller
