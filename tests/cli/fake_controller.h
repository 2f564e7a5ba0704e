// A fleet file in a folder of its own, and a controller that is played by a fake in a process of
// its own.
#ifndef ROLLPORT_TESTS_CLI_FAKE_CONTROLLER_H_
#define ROLLPORT_TESTS_CLI_FAKE_CONTROLLER_H_

#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <string>

#include "controller/endpoints/control_api.h"
#include "controller/record/state_dir.h"
#include "gtest/gtest.h"
#include "os/unique_fd.h"
#include "tests/api/fake_fleet_control.h"
#include "tests/support/temp_dir.h"

namespace rollport::cli {

using Prepare = std::function<void(api::FakeFleetControl&, os::EventLoop&)>;

class FakeControllerTest : public testing::Test {
 protected:
  void SetUp() override {
    Write("server", "#!/bin/sh\n");
    chmod((dir_ / "server").c_str(), 0700);
    Write("fleet.toml",
          "name = \"site\"\n"
          "state_dir = \"state\"\n"
          "listen = [\"127.0.0.1:8080\"]\n"
          "workers = 2\n"
          "worker.command = [\"./server\"]\n");
  }
  void TearDown() override {
    if (controller_ <= 0) return;
    kill(controller_, SIGKILL);
    waitpid(controller_, nullptr, 0);
  }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(dir_.path() + "/" + name) << text;
  }

  // Forks a controller; `prepare` runs in it. Returns when it listens.
  void StartController(const Prepare& prepare = [](api::FakeFleetControl&, os::EventLoop&) {}) {
    const os::UniqueFd listening(eventfd(0, EFD_CLOEXEC));
    controller_ = fork();
    ASSERT_GE(controller_, 0);
    if (controller_ == 0) {
      Serve(prepare, listening.get());
      _exit(0);
    }
    uint64_t count = 0;
    ASSERT_EQ(read(listening.get(), &count, sizeof count), 8);
  }
  void Serve(const Prepare& prepare, int listening) {
    auto loop = *os::EventLoop::Create();
    auto state = *controller::StateDir::Open(dir_ / "state", "site");
    api::FakeFleetControl control;
    control.file = fleet_file::FleetFileIdOf(dir_ / "fleet.toml");
    control.status = api::SteadyStatus();
    control.on_stop = [&loop] { loop->Stop(); };
    prepare(control, *loop);
    auto api = *controller::ControlApi::Start(*loop, *state.ListenControl(), control);
    const uint64_t one = 1;
    if (write(listening, &one, sizeof one) == 8) (void)loop->Run();
  }
  // A roll that has come to this end before it is followed.
  static Prepare Ends(const api::Verdict& verdict) {
    return [verdict](api::FakeFleetControl& control, os::EventLoop&) {
      control.on_roll = [&control, verdict] {
        control.Tell("RollBegan");
        control.Tell("WorkerStateChanged", "serving", 0);
        control.End(verdict);
        return 1;
      };
    };
  }

  TempDir dir_;
  pid_t controller_ = 0;
};

}  // namespace rollport::cli

#endif  // ROLLPORT_TESTS_CLI_FAKE_CONTROLLER_H_
