#include "cli/log_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "api/event_kinds.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/unique_fd.h"

namespace rollport::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// A pipe that is read when the test wants it.
class LogOutputTest : public testing::Test {
 protected:
  LogOutputTest() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    EXPECT_EQ(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    read_.Reset(ends[0]);
    write_.Reset(ends[1]);
  }
  static api::FleetEvent Event(const std::string& message) {
    return {.kind = api::event_kind::kRollBegan, .message = message};
  }
  static api::FleetEvent Line(const std::string& message) {
    return {.kind = api::event_kind::kWorkerWrote, .message = message};
  }
  // More than the pipe holds.
  void FillPipe(LogOutput& log) {
    while (log.Flush()) log.Tell(Event(std::string(1000, 'x')));
  }
  std::string ReadAll(LogOutput& log) {
    std::string all;
    char block[4096];
    while (true) {
      const ssize_t n = read(read_.get(), block, sizeof block);
      if (n > 0) {
        all.append(block, static_cast<size_t>(n));
      } else if (log.Flush()) {
        const ssize_t last = read(read_.get(), block, sizeof block);
        if (last <= 0) return all;
        all.append(block, static_cast<size_t>(last));
      }
    }
  }

  static std::string Print(const api::FleetEvent& event) {
    return absl::StrCat(event.kind, " ", event.message, "\n");
  }

  os::UniqueFd read_, write_;
};

TEST_F(LogOutputTest, EventsOutlastAReaderThatSleepsAndWorkersLinesAreCounted) {
  LogOutput log(write_.get(), Print);
  log.Tell(Line("before"));
  FillPipe(log);
  log.Tell(Line("while it sleeps"));
  log.Tell(Event("while it sleeps"));
  log.Tell(Line("while it sleeps"));
  EXPECT_FALSE(log.FlushFor(absl::Milliseconds(20)));
  const std::string all = ReadAll(log);
  EXPECT_THAT(all, HasSubstr("WorkerWrote before\n"));
  EXPECT_THAT(all, HasSubstr("RollBegan while it sleeps\n"));
  EXPECT_THAT(all, Not(HasSubstr("WorkerWrote while it sleeps")));
  EXPECT_THAT(all, EndsWith("OutputLost 2 lines were left out: nobody read the log\n"));
  log.Tell(Line("after"));
  EXPECT_EQ(ReadAll(log), "WorkerWrote after\n");
}

TEST_F(LogOutputTest, AnEndlessSleepCostsNoMoreThanAMebibyte) {
  LogOutput log(write_.get(), Print);
  for (int i = 0; i < 3000; ++i) log.Tell(Event(std::string(1000, 'x')));
  const std::string all = ReadAll(log);
  EXPECT_LT(all.size(), 2'000'000U);
  EXPECT_GT(all.size(), 1'000'000U);
  EXPECT_THAT(all, EndsWith(" lines were left out: nobody read the log\n"));
}

}  // namespace
}  // namespace rollport::cli
