// A whole controller in the process of the test, with real workers.
#include "controller/controller.h"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fleet_file/fleet_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/controller/support/shown_metrics.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class ControllerTest : public testing::Test {
 protected:
  void Create(const std::string& command = ROLLPORT_TEST_ACCEPTER) {
    std::filesystem::create_directory(state_);
    std::ofstream(dir_ / "fleet.toml")
        << "name = \"site\"\nadmin = \"\"\nworkers = 2\nlisten = [\"" << address_.ToString()
        << "\"]\n[worker]\ncommand = [\"" << command << "\"]\nlistener = \"inherit\"\n"
        << "ready = \"listening\"\n[health]\npath = \"\"\ninterval = \"10ms\"\nsteady_interval = "
           "\"10ms\"\nhealthy_after = 1\n"
        << "[roll]\nmin_healthy_time = \"1ms\"\n";
    controller_ =
        *Controller::CreateFresh(*loop_, *fleet_file::LoadFleetFile(dir_ / "fleet.toml"), state_);
  }
  void Start() {
    controller_->Start([this] { stopped_ = true; });
  }
  // Turns the loop until `condition` is true.
  void Await(const std::function<bool()>& condition) {
    ASSERT_TRUE(
        Eventually([&] { return !loop_->Turn(absl::Milliseconds(20)).ok() || condition(); }));
  }
  void StartAndAwait() {
    Create();
    Start();
    Await([this] { return Events("FleetStarted").size() == 1; });
  }
  void AwaitVerdict(int64_t roll) {
    Await([this, roll] {
      const auto ended = Events("RollEnded");
      return !ended.empty() && ended.back().roll == roll;
    });
  }
  void Stop() {
    controller_->Stop();
    Await([this] { return stopped_; });
  }
  std::vector<api::FleetEvent> Events(const std::string& kind) {
    std::vector<api::FleetEvent> found;
    const api::EventLog& log = controller_->events();
    for (const api::FleetEvent* e = log.After(0); e != nullptr; e = log.After(e->sequence)) {
      if (e->kind == kind) found.push_back(*e);
    }
    return found;
  }
  std::set<pid_t> Serving() {
    std::set<pid_t> pids;
    for (const api::WorkerStatus& worker : controller_->Status().workers) {
      if (worker.state == "serving") pids.insert(worker.pid);
    }
    return pids;
  }
  double Value(const std::string& name) {
    return Flatten(controller_->accounts().collector().Collect()).at("rollport_" + name);
  }

  const TempDir dir_;
  const std::string state_ = dir_ / "state";
  // Keeps the port for this test.
  const os::UniqueFd reserved_ = *os::Bind(*os::SocketAddress::Parse("127.0.0.1:0"));
  const os::SocketAddress address_ = *os::LocalAddress(reserved_.get());
  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  std::unique_ptr<Controller> controller_;
  bool stopped_ = false;
};

TEST_F(ControllerTest, StartsEveryWorkerServesAndStops) {
  StartAndAwait();
  EXPECT_THAT(Serving(), SizeIs(2));
  for (const pid_t pid : Serving()) EXPECT_TRUE(controller_->IsWorker(pid));
  EXPECT_FALSE(controller_->IsWorker(getpid()));
  Stop();
  EXPECT_THAT(controller_->Status().workers, SizeIs(0));
  EXPECT_THAT(Events("WorkerExited"), SizeIs(2));
  EXPECT_THAT(Events("PromiseBroken"), SizeIs(0));
  EXPECT_EQ(controller_->start_failure(), "");
}

TEST_F(ControllerTest, ARollReplacesEveryWorkerAndCountsThem) {
  StartAndAwait();
  const std::set<pid_t> before = Serving();
  const auto roll = controller_->Roll({});
  ASSERT_TRUE(roll.ok()) << roll.status();
  AwaitVerdict(*roll);
  const api::Verdict verdict = *Events("RollEnded").back().verdict;
  EXPECT_EQ(verdict.outcome, "rolled");
  EXPECT_EQ(verdict.generation, 2);
  EXPECT_EQ(verdict.replaced, 2);
  EXPECT_THAT(Serving(), SizeIs(2));
  for (const pid_t pid : Serving()) EXPECT_FALSE(before.contains(pid));
  EXPECT_EQ(Value("replacements_total{admitted}"), 2);
  EXPECT_EQ(Value("worker_exits_total{drained}"), 2);
  EXPECT_THAT(Events("PromiseBroken"), SizeIs(0));
}

TEST_F(ControllerTest, TwoWorkersThatDieInOneTurnAreBothToldOfOnceAndReplaced) {
  StartAndAwait();
  const std::set<pid_t> before = Serving();
  for (const pid_t pid : before) ASSERT_EQ(kill(pid, SIGKILL), 0);
  Await([&] {
    const std::set<pid_t> now = Serving();
    return now.size() == 2 && !before.contains(*now.begin()) && !before.contains(*now.rbegin());
  });
  const std::vector<api::FleetEvent> exits = Events("WorkerExited");
  ASSERT_THAT(exits, SizeIs(2));
  std::set<pid_t> told;
  for (const api::FleetEvent& exit : exits) told.insert(static_cast<pid_t>(exit.pid.value_or(0)));
  EXPECT_EQ(told, before);
  EXPECT_EQ(Value("worker_exits_total{signal}"), 2);
}

TEST_F(ControllerTest, TheVerdictOfAScalingWaitsForTheWorkerThatItTookAway) {
  StartAndAwait();
  const auto scale = controller_->Scale(1);
  ASSERT_TRUE(scale.ok()) << scale.status();
  AwaitVerdict(*scale);
  const api::FleetEvent exited = Events("WorkerExited").back();
  EXPECT_EQ(exited.roll, *scale);
  EXPECT_LT(exited.sequence, Events("RollEnded").back().sequence);
  EXPECT_THAT(Serving(), SizeIs(1));
}

TEST_F(ControllerTest, AWorkerThatCannotServeFailsTheStart) {
  Create("/bin/false");
  Start();
  Await([this] { return stopped_; });
  // Whichever is seen first.
  EXPECT_THAT(controller_->start_failure(),
              testing::AnyOf(HasSubstr("exited with status 1"), HasSubstr("closed its listener")));
  EXPECT_THAT(Events("StartFailed"), SizeIs(1));
}

TEST_F(ControllerTest, TheRecordNamesTheWorkersAndGoesWithTheController) {
  StartAndAwait();
  const auto record = FleetRecordFile(state_).Read();
  ASSERT_TRUE(record.ok()) << record.status();
  std::set<pid_t> recorded;
  for (const RecordedWorker& worker : record->workers) recorded.insert(worker.pid);
  EXPECT_EQ(recorded, Serving());
  controller_.reset();
  EXPECT_FALSE(std::filesystem::exists(state_ + "/fleet.state"));
  for (const pid_t pid : recorded) EXPECT_NE(kill(pid, 0), 0) << "a worker is left behind";
}

TEST_F(ControllerTest, ANotifySocketThatWasRemovedIsMadeAgain) {
  Create();
  EXPECT_TRUE(controller_->notify_intact());
  std::filesystem::remove(state_ + "/notify.sock");
  EXPECT_FALSE(controller_->notify_intact());
  EXPECT_TRUE(controller_->RestoreNotify().ok());
  EXPECT_TRUE(controller_->notify_intact());
  // The record was in the same folder, and is written again too.
  EXPECT_TRUE(loop_->Turn(absl::ZeroDuration()).ok());
  EXPECT_TRUE(std::filesystem::exists(state_ + "/fleet.state"));
}

}  // namespace
}  // namespace rollport::controller
