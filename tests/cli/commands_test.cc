// Every command against a controller that is played by a fake in a process of its own.
#include "cli/commands.h"

#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "api/control_json.h"
#include "api/control_requests.h"
#include "cli/client.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/unique_fd.h"
#include "os/unix_socket.h"
#include "tests/cli/fake_controller.h"

namespace rollport::cli {
namespace {

using api::FakeFleetControl;
using api::Verdict;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class CommandsTest : public FakeControllerTest {
 protected:
  ExitStatus Do(std::vector<std::string> words, int interrupt = -1) {
    words.insert(words.end(), {"-f", dir_ / "fleet.toml"});
    return DoExactly(words, interrupt);
  }
  ExitStatus DoExactly(const std::vector<std::string>& words, int interrupt = -1) {
    out_.str("");
    err_.str("");
    Console console{out_, err_};
    console.patience = patience_;
    return Execute(words, console, interrupt, runner_);
  }

  // What messages say to type.
  std::string Next(const std::string& command) const {
    return "rollport " + command + " -f " + (dir_ / "fleet.toml");
  }

  // The controller is stopped, as by SIGSTOP, from now on.
  void StopController() {
    kill(controller_, SIGSTOP);
    waitpid(controller_, nullptr, WUNTRACED);
    patience_ = kShort;
  }

  static constexpr absl::Duration kShort = absl::Milliseconds(200);
  absl::Duration patience_ = absl::Seconds(20);
  std::ostringstream out_;
  std::ostringstream err_;
  Runner runner_ = [](const auto&, const auto&, const auto&) { return absl::OkStatus(); };
};

const Verdict kRolled{"rolled", 4, 2, absl::Seconds(5.1), 0, ""};
const Verdict kReverted{"reverted", 3, 0, absl::Seconds(2), 0, "slot 0: exited with status 1"};

void RefuseBusy(FakeFleetControl& control, os::EventLoop&) {
  control.status.roll = api::RollProgress{
      .number = 7, .from = 3, .to = 4, .phase = "rolling", .replaced = 1, .of = 2};
  control.on_roll = [] { return absl::FailedPreconditionError("a roll is under way"); };
}

TEST_F(CommandsTest, StatusForPeopleAndForPrograms) {
  StartController();
  EXPECT_EQ(Do({"status"}), kDone);
  EXPECT_THAT(out_.str(), StartsWith("site: steady, generation 3, steering cbpf"));
  EXPECT_EQ(err_.str(), "");
  EXPECT_EQ(Do({"--json", "status"}), kDone);
  EXPECT_EQ(out_.str(), ToJson(api::SteadyStatus()) + "\n");
}

TEST_F(CommandsTest, EveryCommandOfAControllerSaysThatThereIsNone) {
  for (const char* command :
       {"status", "roll", "stop", "top", "pause", "resume", "abort", "undo", "history"}) {
    EXPECT_EQ(Do({command}), kNoController);
    EXPECT_EQ(out_.str(), "");
    EXPECT_EQ(err_.str(), "rollport: no controller of fleet \"site\" answers: connect to " +
                              (dir_ / "state/control.sock") +
                              ": No such file or directory; start one with: rollport run -f " +
                              (dir_ / "fleet.toml") + "\n");
  }
}

TEST_F(CommandsTest, ACommandWithAnotherFleetFileReachesNobodyElsesFleet) {
  StartController([this](FakeFleetControl& control, os::EventLoop&) {
    Write("other.toml", "");
    control.file = fleet_file::FleetFileIdOf(dir_ / "other.toml");
  });
  const std::string why = "the controller that answers here runs the fleet of " +
                          (dir_ / "other.toml") + ", not of " + (dir_ / "fleet.toml") +
                          "; give one of them another \"name\" or \"state_dir\"\n";
  for (const char* command : {"status", "stop", "pause", "resume", "history"}) {
    EXPECT_EQ(Do({command}), kFailed);
    EXPECT_EQ(err_.str(), "rollport: " + why);
    EXPECT_EQ(out_.str(), "");
  }
  for (const char* command : {"roll", "undo", "abort"}) {
    EXPECT_EQ(Do({command}), kFailed);
    EXPECT_EQ(err_.str(), "rollport: refused: " + why);
  }
}

TEST_F(CommandsTest, AControllerThatIsStoppedIsSaidToBeSilent) {
  StartController();
  StopController();
  const std::string silent = "the controller, process " + std::to_string(controller_) +
                             ", has been silent for 200ms: it is stopped or stuck";
  for (const char* command : {"status", "pause", "history", "stop"}) {
    EXPECT_EQ(Do({command}), kNoController);
    EXPECT_EQ(err_.str(), "rollport: " + silent + "\n");
  }
  EXPECT_EQ(Do({"roll"}), kNoController);
  EXPECT_EQ(err_.str(), "rollport: " + silent + "; it may follow the request when it goes on: `" +
                            Next("status") + "` shows that\n");
  EXPECT_EQ(Do({"status", "--json"}), kNoController);
  EXPECT_EQ(out_.str(), "{\"error\":\"" + silent + "\"}\n");
}

TEST_F(CommandsTest, AControllerWhoseQueueIsFullIsBusyAndNotMissing) {
  StartController();
  StopController();
  std::vector<os::UniqueFd> waiting;
  auto fd = os::ConnectUnix(dir_ / "state/control.sock");
  for (; fd.ok(); fd = os::ConnectUnix(dir_ / "state/control.sock")) {
    waiting.push_back(*std::move(fd));
  }
  EXPECT_EQ(Do({"status"}), kNoController);
  EXPECT_EQ(err_.str(),
            "rollport: the controller of fleet \"site\" does not answer: it is busy, stopped or "
            "stuck: the queue of " +
                (dir_ / "state/control.sock") + " has been full for 200ms\n");
}

TEST_F(CommandsTest, AControllerThatStopsInTheMiddleOfARollIsNotWaitedForForEver) {
  StartController([](FakeFleetControl& control, os::EventLoop&) {
    control.on_roll = [&control] {
      control.Tell("RollBegan");
      return 1;
    };
    control.on_status = [] { raise(SIGSTOP); };
  });
  patience_ = kShort;
  EXPECT_EQ(Do({"roll"}), kNoController);
  EXPECT_THAT(err_.str(), testing::AllOf(StartsWith("rollport: roll 1 is under way, but the "),
                                         HasSubstr("has been silent for 200ms")));
}

TEST_F(CommandsTest, AControllerThatStopsInTheMiddleOfAStopIsNotWaitedForForEver) {
  StartController([](FakeFleetControl& control, os::EventLoop&) {
    control.on_stop = [] {};
    control.on_status = [] { raise(SIGSTOP); };
  });
  patience_ = kShort;
  EXPECT_EQ(Do({"stop"}), kNoController);
  EXPECT_THAT(err_.str(), HasSubstr("has been silent for 200ms"));
}

TEST_F(CommandsTest, WhatAControllerSaysCannotControlTheTerminal) {
  StartController([](FakeFleetControl& control, os::EventLoop&) {
    control.status.name = "\033]0;x\007site\u202e";
    control.status.workers[0].status_text = "\033[2J\u009b31m";
    control.on_ask = [] { return absl::FailedPreconditionError("\033[2J no"); };
    control.on_roll = [&control] {
      control.Tell("Roll\033[2JBegan");
      control.End({"reverted", 3, 0, absl::Seconds(2), 0, "\033[2J"});
      return 1;
    };
  });
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"status"}, {"status", "--json"}, {"pause"}, {"roll"}, {"roll", "--json"}}) {
    Do(words);
    const std::string all = out_.str() + err_.str();
    EXPECT_EQ(all.find_first_of("\033\007"), std::string::npos) << all;
    EXPECT_EQ(all.find("\u202e"), std::string::npos) << all;
    EXPECT_EQ(all.find("\u009b"), std::string::npos) << all;
  }
}

TEST_F(CommandsTest, AStrangerAtTheControlSocketIsNotBelieved) {
  EXPECT_TRUE(MayRunFleet(/*peer=*/1000, /*ours=*/1000, /*owner=*/1000));
  EXPECT_TRUE(MayRunFleet(/*peer=*/0, /*ours=*/1000, /*owner=*/1000));
  EXPECT_TRUE(MayRunFleet(/*peer=*/33, /*ours=*/0, /*owner=*/33)) << "root asks a fleet's user";
  EXPECT_FALSE(MayRunFleet(/*peer=*/1001, /*ours=*/1000, /*owner=*/1001));
  EXPECT_FALSE(MayRunFleet(/*peer=*/1001, /*ours=*/0, /*owner=*/0));
  if (geteuid() != 0) GTEST_SKIP() << "only root can play another user";
  StartController();
  ASSERT_EQ(chown((dir_ / "state").c_str(), 65534, 65534), 0);
  EXPECT_EQ(Do({"status"}), kDone) << "root's own controller";
  kill(controller_, SIGKILL);
  waitpid(std::exchange(controller_, 0), nullptr, 0);
  ASSERT_EQ(unlink((dir_ / "state/control.sock").c_str()), 0);
  ASSERT_EQ(chmod(dir_.path().c_str(), 0755), 0);
  int listening[2];
  ASSERT_EQ(pipe(listening), 0);
  controller_ = fork();
  ASSERT_GE(controller_, 0);
  if (controller_ == 0) {
    if (setuid(65534) != 0) _exit(1);
    const auto listener = os::ListenUnix(dir_ / "state/control.sock", 1);
    close(listening[1]);
    pause();
  }
  close(listening[1]);
  char none;
  ASSERT_EQ(read(listening[0], &none, 1), 0);
  close(listening[0]);
  ASSERT_EQ(chown((dir_ / "state").c_str(), 0, 0), 0);
  EXPECT_EQ(Do({"stop"}), kNoController);
  EXPECT_THAT(err_.str(), HasSubstr("of user 65534 listens at "));
}

TEST_F(CommandsTest, WhoMayNotAskIsRefusedAndNotToldThatThereIsNoController) {
  if (geteuid() != 0) GTEST_SKIP() << "needs another user";
  StartController();
  ASSERT_EQ(chmod(dir_.path().c_str(), 0755), 0);
  ASSERT_EQ(seteuid(65534), 0);
  for (const char* command : {"status", "roll", "stop", "pause"}) {
    EXPECT_EQ(Do({command}), kFailed);
    EXPECT_THAT(err_.str(), HasSubstr("this user may not ask the controller of fleet \"site\": "));
    EXPECT_THAT(err_.str(), EndsWith("; only root and the controller's own user may\n"));
  }
  ASSERT_EQ(seteuid(0), 0);
}

TEST_F(CommandsTest, ASocketThatIsLeftOverIsNoController) {
  StartController();
  kill(controller_, SIGKILL);
  waitpid(std::exchange(controller_, 0), nullptr, 0);
  EXPECT_EQ(Do({"status"}), kNoController);
  EXPECT_THAT(err_.str(), HasSubstr("Connection refused"));
}

TEST_F(CommandsTest, ARollIsShownAndItsVerdictIsTheExitStatus) {
  StartController(Ends(kRolled));
  EXPECT_EQ(Do({"roll"}), kDone);
  EXPECT_EQ(out_.str(),
            "   0.00 s  generation 2  roll began\n"
            "   0.25 s  slot 0  generation 2  serving\n"
            "rolled: generation 4 runs in every slot (2 replaced, 5.10 s, 0 connections cut)\n");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(CommandsTest, ARevertedRollFails) {
  StartController(Ends(kReverted));
  EXPECT_EQ(Do({"roll"}), kFailed);
  EXPECT_THAT(out_.str(), HasSubstr("\nreverted: slot 0: exited with status 1; generation 3"));
}

TEST_F(CommandsTest, TheVerdictForProgramsIsOneObject) {
  StartController(Ends(kRolled));
  EXPECT_EQ(Do({"roll", "--json"}), kDone);
  EXPECT_EQ(out_.str(),
            "{\"outcome\":\"rolled\",\"generation\":4,\"replaced\":2,\"seconds\":5.1,\"cut\":0,"
            "\"reason\":\"\"}\n");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(CommandsTest, AFailureForProgramsIsOneObjectToo) {
  StartController(Ends(kReverted));
  EXPECT_EQ(Do({"roll", "--json"}), kFailed);
  EXPECT_THAT(out_.str(), StartsWith("{\"outcome\":\"reverted\",\"generation\":3,"));
}

TEST_F(CommandsTest, ADetachedRollIsNotWaitedFor) {
  StartController();
  EXPECT_EQ(Do({"roll", "--detach"}), kDone);
  EXPECT_EQ(out_.str(), "roll 1 has begun; `" + Next("status") + "` shows it\n");
  EXPECT_EQ(Do({"roll", "--detach", "--json"}), kDone);
  EXPECT_EQ(out_.str(), "{\"roll\":1}\n");
}

TEST_F(CommandsTest, ARollThatIsRefusedFailsAndTellsOfTheOtherOne) {
  StartController(RefuseBusy);
  EXPECT_EQ(Do({"roll"}), kFailed);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(),
            "rollport: refused: a roll is under way\n"
            "roll 7: generation 3 -> 4, rolling, 1 of 2 slots replaced, 0.00 s\n");
}

TEST_F(CommandsTest, ARefusalForProgramsIsAVerdict) {
  StartController(RefuseBusy);
  EXPECT_EQ(Do({"roll", "--json"}), kFailed);
  EXPECT_EQ(out_.str(),
            "{\"outcome\":\"refused\",\"generation\":3,\"replaced\":0,\"seconds\":0.0,\"cut\":0,"
            "\"reason\":\"a roll is under way\"}\n");
}

TEST_F(CommandsTest, AFleetFileThatTheControllerCannotTakeIsWrong) {
  StartController([](FakeFleetControl& control, os::EventLoop&) {
    control.on_roll = [] { return absl::InvalidArgumentError("fleet.toml:3: no"); };
  });
  EXPECT_EQ(Do({"roll"}), kWrong);
  EXPECT_EQ(err_.str(), "rollport: fleet.toml:3: no\n");
  EXPECT_EQ(Do({"roll", "--json"}), kWrong);
  EXPECT_EQ(out_.str(), "{\"error\":\"fleet.toml:3: no\"}\n") << "it is no refusal";
}

TEST_F(CommandsTest, TheCommandOfARollIsTakenFromHere) {
  StartController([](FakeFleetControl& control, os::EventLoop&) {
    control.on_roll = [&control] {
      return absl::InvalidArgumentError(api::RollRequestJson(control.rolls.back()));
    };
  });
  char here[4096];
  ASSERT_NE(getcwd(here, sizeof here), nullptr);
  EXPECT_EQ(DoExactly({"roll", "-f", dir_ / "fleet.toml", "--", "./new", "--json"}), kWrong);
  EXPECT_THAT(err_.str(), HasSubstr("[\"" + std::string(here) + "/new\",\"--json\"]"));
  EXPECT_EQ(DoExactly({"roll", "-f", dir_ / "fleet.toml", "--", "server", "a/b"}), kWrong);
  EXPECT_THAT(err_.str(), HasSubstr("[\"server\",\"a/b\"]"));
}

TEST_F(CommandsTest, CtrlCLeavesTheRollToItself) {
  StartController([](FakeFleetControl& control, os::EventLoop&) {
    control.on_roll = [&control] {
      control.Tell("RollBegan");
      return 1;
    };
  });
  const os::UniqueFd interrupt(eventfd(1, EFD_CLOEXEC));
  EXPECT_EQ(Do({"roll"}, interrupt.get()), kInterrupted);
  EXPECT_EQ(err_.str(), "no longer waiting: roll 1 continues; `" + Next("status") +
                            "` shows it, `" + Next("pause") + "` pauses it, `" + Next("abort") +
                            "` reverts it\n");
  EXPECT_EQ(Do({"roll", "--json"}, interrupt.get()), kInterrupted);
  EXPECT_THAT(out_.str(), StartsWith("{\"error\":\"no longer waiting"));
}

TEST_F(CommandsTest, AControllerThatDiesInTheMiddleIsNoSuccess) {
  StartController([](FakeFleetControl& control, os::EventLoop& loop) {
    // Dies when the roll is followed, or a little earlier: both are the same to the user.
    auto die = std::make_shared<os::Timer>(loop, [] { _exit(9); });
    control.on_roll = [&control, die] {
      control.Tell("RollBegan");
      die->After(absl::Milliseconds(20));
      return 1;
    };
  });
  EXPECT_EQ(Do({"roll"}), kNoController);
  EXPECT_THAT(err_.str(), StartsWith("rollport: "));
}

TEST_F(CommandsTest, StopReturnsWhenTheControllerIsGone) {
  StartController();
  EXPECT_EQ(Do({"stop"}), kDone);
  EXPECT_EQ(out_.str(), "stopped\n");
  EXPECT_GT(waitpid(std::exchange(controller_, 0), nullptr, WNOHANG), 0) << "it was still there";
  EXPECT_NE(access((dir_ / "state").c_str(), F_OK), 0);
}

TEST_F(CommandsTest, StopForPrograms) {
  StartController();
  EXPECT_EQ(Do({"stop", "--json"}), kDone);
  EXPECT_THAT(out_.str(), StartsWith("{\"outcome\":\"stopped\",\"seconds\":"));
}

TEST_F(CommandsTest, CheckTellsWhatTheFileSays) {
  EXPECT_EQ(Do({"check"}), kDone);
  EXPECT_EQ(out_.str(),
            (dir_ / "fleet.toml") + " is good: fleet \"site\", 2 workers on 127.0.0.1:8080\n");
  EXPECT_EQ(Do({"check", "--json"}), kDone);
  EXPECT_THAT(out_.str(), StartsWith("{\"good\":true,\"name\":\"site\","));
  EXPECT_THAT(out_.str(),
              HasSubstr("\"control_socket\":\"" + (dir_ / "state/control.sock") + "\""));
}

TEST_F(CommandsTest, ABadFileIsOneLineForEveryCommand) {
  Write("fleet.toml", "name = \"a b\"\n");
  for (const char* command : {"check", "run", "roll", "status", "stop", "top", "pause", "resume",
                              "abort", "undo", "history", "doctor"}) {
    EXPECT_EQ(Do({command}), kWrong);
    EXPECT_EQ(out_.str(), "");
    EXPECT_THAT(err_.str(), StartsWith("rollport: " + (dir_ / "fleet.toml") + ":1: name: "));
    EXPECT_THAT(err_.str(), EndsWith("\n"));
  }
  EXPECT_EQ(Do({"check", "--json"}), kWrong);
  EXPECT_THAT(out_.str(), StartsWith("{\"good\":false,\"error\":\""));
}

TEST_F(CommandsTest, RunGivesTheSettingsToTheController) {
  std::string name;
  runner_ = [&name](const fleet_file::FleetSettings& settings, const auto&, const auto&) {
    name = settings.name;
    return absl::OkStatus();
  };
  EXPECT_EQ(Do({"run"}), kDone);
  EXPECT_EQ(name, "site");
}

TEST_F(CommandsTest, RunLogsAsJsonIfStderrIsNotATerminal) {
  runner_ = [](const auto&, const auto& tell, const auto&) {
    tell(api::FleetEvent{.at = absl::FromUnixSeconds(1'700'000'000),
                         .kind = "WorkerExited",
                         .slot = 0,
                         .message = "status 1"});
    return absl::OkStatus();
  };
  testing::internal::CaptureStderr();
  EXPECT_EQ(Do({"run"}), kDone);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            R"({"at":"2023-11-14T22:13:20.000000Z","level":"info","event":"WorkerExited",)"
            R"("slot":0,"reason":"status 1"})"
            "\n");
}

TEST_F(CommandsTest, AFleetThatCannotBeStartedFails) {
  runner_ = [](const auto&, const auto&, const auto&) {
    return absl::AlreadyExistsError("fleet is run by 7");
  };
  EXPECT_EQ(Do({"run"}), kFailed);
  EXPECT_EQ(err_.str(), "rollport: fleet is run by 7\n");
}

TEST_F(CommandsTest, WhatIsMistypedIsOneLine) {
  EXPECT_EQ(DoExactly({"statsu"}), kWrong);
  EXPECT_EQ(
      err_.str(),
      "rollport: unknown command \"statsu\"; did you mean \"status\"? (see rollport --help)\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(CommandsTest, NothingThatIsQuotedControlsTheTerminal) {
  EXPECT_EQ(DoExactly({"sta\x1b[2J\u202etus"}), kWrong);
  EXPECT_THAT(err_.str(), HasSubstr(R"(unknown command "sta\x1b[2J\u202etus")"));
  Write(
      "a\xc2\x9b"
      "31m.toml",
      "listen = [\"127.0.0.1:8080\"]\nworker.command = [\"./server\"]\n");
  EXPECT_EQ(DoExactly({"check", "-f",
                       dir_ / "a\xc2\x9b"
                              "31m.toml"}),
            kDone);
  EXPECT_THAT(out_.str(), HasSubstr(R"(a\x9b31m.toml is good)"));
}

TEST_F(CommandsTest, WithJsonEveryErrorIsOneObject) {
  EXPECT_EQ(DoExactly({"statsu", "--json"}), kWrong);
  EXPECT_THAT(out_.str(), StartsWith("{\"error\":\"unknown command \\\"statsu\\\";"));
  EXPECT_EQ(DoExactly({"roll", "x", "--", "--json"}), kWrong);
  EXPECT_EQ(out_.str(), "") << "that --json is another command's";
  for (const char* command : {"status", "roll", "pause", "abort", "history", "stop"}) {
    EXPECT_EQ(Do({command, "--json"}), kNoController);
    EXPECT_THAT(out_.str(), StartsWith("{\"error\":\"no controller of fleet"));
    EXPECT_EQ(out_.str().find('\n'), out_.str().size() - 1);
    EXPECT_THAT(err_.str(), StartsWith("rollport: no controller"));
  }
}

TEST_F(CommandsTest, HelpAndVersion) {
  EXPECT_EQ(DoExactly({"--help"}), kDone);
  EXPECT_THAT(out_.str(), HasSubstr("usage: rollport COMMAND"));
  EXPECT_EQ(DoExactly({"help", "undo"}), kDone);
  EXPECT_THAT(out_.str(), StartsWith("usage: rollport undo"));
  EXPECT_EQ(DoExactly({"roll", "--help"}), kDone);
  EXPECT_THAT(out_.str(), StartsWith("usage: rollport roll"));
  for (const char* word : {"--version", "-V", "version"}) {
    EXPECT_EQ(DoExactly({word}), kDone);
    EXPECT_THAT(out_.str(), testing::MatchesRegex("rollport [0-9.]+\n"));
  }
}

}  // namespace
}  // namespace rollport::cli
