#include "controller/record/recorder.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/support/workers.h"
#include "tests/rollout/scenario.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

using testing::_;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// Workers 1 and 2 serve.
class RecorderTest : public testing::Test {
 protected:
  RecorderTest() {
    fleet_.Start();
    for (const int64_t id : {1, 2}) AddWorker(*loop_, workers_, id, static_cast<int>(id - 1));
  }
  // What another controller would read.
  FleetRecord Read() {
    const absl::StatusOr<FleetRecord> record = FleetRecordFile(path_).Read();
    EXPECT_TRUE(record.ok()) << record.status();
    return record.value_or(FleetRecord());
  }
  bool Written() const { return access((path_ + "/fleet.state").c_str(), F_OK) == 0; }

  const TempDir dir_;
  const std::string path_ = dir_ / "state";
  const bool made_ = std::filesystem::create_directory(path_);
  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  rollout::Scenario fleet_{rollout::SmallPolicy(2)};
  WorkerTable workers_;
  Releases releases_ = ReleasesOfSleep(2, {*os::SocketAddress::Parse("127.0.0.1:8080")},
                                       {.name = "site", .listen = {"127.0.0.1:8080"}});
  std::vector<std::string> told_;
  Recorder recorder_{*loop_,
                     path_,
                     {.releases = releases_,
                      .workers = workers_,
                      .plan = fleet_.plan,
                      .notify_socket = "@notify",
                      .last_roll = [] { return 7; },
                      .programs =
                          [] {
                            return std::vector<RecordedProgram>{{"127.0.0.1:8080", 2}};
                          }},
                     [this](const std::string& why) { told_.push_back(why); }};
};

TEST_F(RecorderTest, RecordsWhatAnotherControllerNeeds) {
  AddWorker(*loop_, workers_, 9, 0);  // not in the plan any more
  recorder_.Write();
  const FleetRecord record = Read();
  EXPECT_EQ(record.controller, getpid());
  EXPECT_EQ(record.notify_socket, "@notify");
  EXPECT_EQ(record.generation, 1);
  EXPECT_EQ(record.last_generation, 2);
  EXPECT_EQ(record.last_roll, 7);
  EXPECT_EQ(record.slots, 2);
  EXPECT_EQ(record.rolling_to, std::nullopt);
  ASSERT_THAT(record.generations, SizeIs(2));
  EXPECT_THAT(record.generations[0].listen, ElementsAre("127.0.0.1:8080"));
  EXPECT_THAT(record.programs, ElementsAre(RecordedProgram{"127.0.0.1:8080", 2}));
  ASSERT_THAT(record.workers, SizeIs(2));
  EXPECT_EQ(record.workers[1].pid, workers_.Find(WorkerId(2))->pid());
  EXPECT_EQ(record.workers[1].slot, 1);
  EXPECT_EQ(record.workers[1].state, "serving");
}

TEST_F(RecorderTest, DuringARollTheFleetIsRecordedThatItMayGoBackTo) {
  fleet_.Do(rollout::RollRequested{.generation = GenerationId(2), .workers = 3});
  recorder_.Write();
  EXPECT_EQ(Read().generation, 1);
  EXPECT_EQ(Read().rolling_to, 2);
  EXPECT_EQ(Read().slots, 2);
}

TEST_F(RecorderTest, AScalingIsNoRollToAnotherGeneration) {
  fleet_.Do(rollout::ScaleRequested{4});
  recorder_.Write();
  EXPECT_EQ(Read().rolling_to, std::nullopt);
  EXPECT_EQ(Read().slots, 2);
}

TEST_F(RecorderTest, WritesSoonAtTheEndOfTheTurnWhatIsTrueThen) {
  recorder_.WriteSoon();
  recorder_.WriteSoon();
  workers_.Remove(WorkerId(1));
  EXPECT_FALSE(Written());
  ASSERT_TRUE(loop_->Turn(absl::ZeroDuration()).ok());
  EXPECT_THAT(Read().workers, SizeIs(1));
}

TEST_F(RecorderTest, WhatIsWrittenAtOnceNeedNotBeWrittenSoon) {
  recorder_.WriteSoon();
  recorder_.Write();
  std::filesystem::remove(path_ + "/fleet.state");
  ASSERT_TRUE(loop_->Turn(absl::ZeroDuration()).ok());
  EXPECT_FALSE(Written());
}

TEST_F(RecorderTest, ARecordThatCannotBeWrittenIsToldOnceUntilItCan) {
  std::filesystem::remove_all(path_);
  recorder_.Write();
  recorder_.Write();
  EXPECT_THAT(told_, ElementsAre(HasSubstr("No such file or directory")));
  EXPECT_THAT(recorder_.trouble(), HasSubstr("No such file or directory"));
  std::filesystem::create_directory(path_);
  recorder_.Write();
  EXPECT_THAT(Read().workers, SizeIs(2));
  EXPECT_THAT(told_, ElementsAre(_, ""));
  EXPECT_EQ(recorder_.trouble(), "");
  std::filesystem::remove_all(path_);
  recorder_.Write();
  EXPECT_THAT(told_, SizeIs(3)) << "it failed anew";
}

TEST_F(RecorderTest, ItIsTriedAgainByItself) {
  std::filesystem::remove_all(path_);
  recorder_.Write();
  std::filesystem::create_directory(path_);
  const Instant limit = os::EventLoop::ReadNow() + absl::Seconds(20);
  while (!Written() && os::EventLoop::ReadNow() < limit) {
    ASSERT_TRUE(loop_->Turn(absl::Seconds(1)).ok());
  }
  EXPECT_TRUE(Written());
}

TEST_F(RecorderTest, AnotherReasonIsToldToo) {
  std::filesystem::remove_all(path_);
  recorder_.Write();
  std::filesystem::create_directories(path_ + "/fleet.state/in/the/way");
  recorder_.Write();
  EXPECT_THAT(told_, SizeIs(2));
  std::filesystem::remove_all(path_ + "/fleet.state");
}

}  // namespace
}  // namespace rollport::controller
