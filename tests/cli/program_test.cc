// The program itself, as a shell starts it.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "os/child.h"
#include "os/errno_status.h"
#include "os/socket.h"
#include "tests/cli/fake_controller.h"
#include "tests/support/eventually.h"

namespace rollport::cli {
namespace {

using api::FakeFleetControl;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class ProgramTest : public FakeControllerTest {
 protected:
  struct Pipe {
    os::UniqueFd read, write;
  };
  static Pipe MakePipe() {
    int fds[2];
    EXPECT_EQ(pipe2(fds, O_CLOEXEC), 0);
    return {os::UniqueFd(fds[0]), os::UniqueFd(fds[1])};
  }
  // A terminal of 100 columns; `read` is the side of its user.
  static Pipe MakeTerminal() {
    os::UniqueFd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    EXPECT_EQ(grantpt(master.get()), 0);
    EXPECT_EQ(unlockpt(master.get()), 0);
    os::UniqueFd slave(open(ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    const winsize size{.ws_row = 24, .ws_col = 100};
    EXPECT_EQ(ioctl(slave.get(), TIOCSWINSZ, &size), 0);
    return {std::move(master), std::move(slave)};
  }

  os::Child Launch(std::vector<std::string> words, int out, int err,
                   std::vector<std::string> environment = {"TERM=xterm"}) {
    os::LaunchSpec spec;
    spec.path = ROLLPORT_PROGRAM;
    spec.argv = {"rollport"};
    spec.argv.insert(spec.argv.end(), words.begin(), words.end());
    spec.environment = std::move(environment);
    spec.directory = dir_.path();
    spec.stdout_fd = out;
    spec.stderr_fd = err;
    auto child = os::Child::Launch(spec);
    EXPECT_TRUE(child.ok()) << child.status();
    return *std::move(child);
  }
  // What comes until `end` has come, or until there is no more.
  static std::string ReadUntil(int fd, const std::string& end) {
    std::string text;
    char buffer[4096];
    while (text.find(end) == std::string::npos) {
      const ssize_t n = read(fd, buffer, sizeof buffer);
      if (n <= 0) break;  // a terminal without a writer says EIO
      text.append(buffer, static_cast<size_t>(n));
    }
    return text;
  }
  static std::string ReadAll(int fd) { return ReadUntil(fd, "\1"); }

  // As a shell starts it in the foreground of a terminal, which sends it SIGINT for Ctrl-C.
  os::Child LaunchOn(const Pipe& terminal, std::vector<std::string> words) {
    const int fd = terminal.write.get();
    os::LaunchSpec spec;
    spec.path = ROLLPORT_PROGRAM;
    spec.argv = {"rollport"};
    spec.argv.insert(spec.argv.end(), words.begin(), words.end());
    spec.environment = {"TERM=xterm", "TZ=UTC"};
    spec.directory = dir_.path();
    spec.stdin_fd = spec.stdout_fd = spec.stderr_fd = fd;
    spec.new_session = true;
    spec.before_exec = [] {
      return ioctl(STDIN_FILENO, TIOCSCTTY, 0) == 0 ? absl::OkStatus()
                                                    : os::ErrnoStatus(errno, "TIOCSCTTY");
    };
    auto child = os::Child::Launch(spec);
    EXPECT_TRUE(child.ok()) << child.status();
    return *std::move(child);
  }
  static void Type(const Pipe& terminal, const std::string& keys) {
    EXPECT_EQ(write(terminal.read.get(), keys.data(), keys.size()),
              static_cast<ssize_t>(keys.size()));
  }
  static termios Settings(const Pipe& terminal) {
    termios settings{};
    EXPECT_EQ(tcgetattr(terminal.write.get(), &settings), 0);
    return settings;
  }

  static void RollWithoutEnd(FakeFleetControl& control, os::EventLoop&) {
    control.on_roll = [&control] {
      control.Tell("RollBegan");
      return 1;
    };
  }
};

TEST_F(ProgramTest, MistakesGoToStderrWithTheirStatus) {
  Pipe out = MakePipe(), err = MakePipe();
  os::Child child = Launch({"status", "-f", "none.toml"}, out.write.get(), err.write.get());
  EXPECT_EQ(child.Wait()->code, 2);
  out.write.Reset();
  err.write.Reset();
  EXPECT_EQ(ReadAll(out.read.get()), "");
  EXPECT_EQ(ReadAll(err.read.get()),
            "rollport: none.toml:1: cannot read the file: No such file or directory\n");
}

TEST_F(ProgramTest, TheFleetFileOfThisFolderIsTheDefault) {
  StartController();
  Pipe out = MakePipe();
  os::Child child = Launch({"status"}, out.write.get(), -1);
  EXPECT_EQ(child.Wait()->code, 0);
  out.write.Reset();
  EXPECT_THAT(ReadAll(out.read.get()), testing::StartsWith("site: steady"));
}

TEST_F(ProgramTest, CtrlCSaysThatTheRollContinues) {
  StartController(RollWithoutEnd);
  Pipe out = MakePipe(), err = MakePipe();
  os::Child child = Launch({"roll"}, out.write.get(), err.write.get());
  EXPECT_THAT(ReadUntil(out.read.get(), "roll began"), HasSubstr("roll began"));
  ASSERT_TRUE(child.Signal(SIGINT).ok());
  EXPECT_EQ(child.Wait()->code, 130);
  err.write.Reset();
  EXPECT_THAT(ReadAll(err.read.get()), HasSubstr("roll 1 continues"));
}

TEST_F(ProgramTest, AReaderThatGoesAwayDoesNotEndTheWaiting) {
  StartController(Ends({.outcome = "rolled", .generation = 2}));
  Pipe out = MakePipe();
  out.read.Reset();
  os::Child child = Launch({"roll"}, out.write.get(), -1);
  EXPECT_EQ(child.Wait()->ToString(), "exited with status 0");
}

TEST_F(ProgramTest, OnATerminalLinesAreWrittenAgainAndTheVerdictHasAColour) {
  StartController(Ends({.outcome = "rolled", .generation = 2}));
  Pipe terminal = MakeTerminal();
  os::Child child = Launch({"roll"}, terminal.write.get(), terminal.write.get());
  const std::string text = ReadUntil(terminal.read.get(), "cut)");
  EXPECT_EQ(child.Wait()->code, 0);
  EXPECT_THAT(text, HasSubstr("\033[1A\033[J"));
  EXPECT_THAT(text, HasSubstr("\033[32mrolled: "));
}

TEST_F(ProgramTest, NoColorAndDumbTerminalsAreRespected) {
  StartController(Ends({.outcome = "rolled", .generation = 2}));
  Pipe terminal = MakeTerminal();
  os::Child plain =
      Launch({"roll"}, terminal.write.get(), terminal.write.get(), {"TERM=xterm", "NO_COLOR=1"});
  EXPECT_THAT(ReadUntil(terminal.read.get(), "cut)"), Not(HasSubstr("\033[32m")));
  EXPECT_EQ(plain.Wait()->code, 0);
  os::Child dumb = Launch({"roll"}, terminal.write.get(), terminal.write.get(), {"TERM=dumb"});
  EXPECT_THAT(ReadUntil(terminal.read.get(), "cut)"), Not(HasSubstr("\033")));
  EXPECT_EQ(dumb.Wait()->code, 0);
}

// What brings the screen and the cursor back.
constexpr char kGivenBack[] = "\033[?25h\033[?1049l";

TEST_F(ProgramTest, TopTakesTheTerminalAndGivesItBackAsItWas) {
  StartController();
  for (const char* key : {"q", "\003"}) {
    Pipe terminal = MakeTerminal();
    const termios before = Settings(terminal);
    os::Child child = LaunchOn(terminal, {"top"});
    const std::string screen = ReadUntil(terminal.read.get(), "q quits");
    EXPECT_THAT(screen, HasSubstr("\033[?1049h\033[?25l"));
    EXPECT_THAT(screen, HasSubstr("site: steady, generation 3"));
    EXPECT_EQ(Settings(terminal).c_lflag & (ICANON | ECHO), 0U);
    Type(terminal, key);
    EXPECT_EQ(child.Wait()->ToString(), "exited with status 0") << key;
    EXPECT_THAT(ReadUntil(terminal.read.get(), kGivenBack), HasSubstr(kGivenBack));
    EXPECT_EQ(Settings(terminal).c_lflag, before.c_lflag);
  }
}

TEST_F(ProgramTest, TopFollowsTheSizeOfTheTerminal) {
  StartController();
  Pipe terminal = MakeTerminal();
  os::Child child = LaunchOn(terminal, {"top"});
  EXPECT_THAT(ReadUntil(terminal.read.get(), "q quits"), HasSubstr("      UP"));
  const winsize narrow{.ws_row = 4, .ws_col = 70};
  EXPECT_EQ(ioctl(terminal.write.get(), TIOCSWINSZ, &narrow), 0);
  const std::string screen = ReadUntil(terminal.read.get(), "rows 1 to 1 of 2");
  EXPECT_THAT(screen,
              HasSubstr("SLOT     PID  GEN STATE       SHARE  CONNS  REQ/S 5XX/S    P99      UP"));
  Type(terminal, "j");
  EXPECT_THAT(ReadUntil(terminal.read.get(), "rows 2 to 2 of 2"), HasSubstr("   1 "));
  Type(terminal, "q");
  EXPECT_EQ(child.Wait()->code, 0);
}

TEST_F(ProgramTest, TopSaysThatTheControllerIsGoneAndGoesOnWhenThereIsOneAgain) {
  StartController();
  Pipe terminal = MakeTerminal();
  os::Child child = LaunchOn(terminal, {"top"});
  ReadUntil(terminal.read.get(), "q quits");
  kill(controller_, SIGKILL);
  waitpid(std::exchange(controller_, 0), nullptr, 0);
  EXPECT_THAT(ReadUntil(terminal.read.get(), "the controller is gone"),
              HasSubstr("the controller is gone"));
  StartController([](FakeFleetControl& control, os::EventLoop&) { control.status.generation = 8; });
  EXPECT_THAT(ReadUntil(terminal.read.get(), "generation 8"), HasSubstr("generation 8"));
  ASSERT_TRUE(child.Signal(SIGTERM).ok());
  EXPECT_EQ(child.Wait()->code, 0);
  EXPECT_THAT(ReadUntil(terminal.read.get(), kGivenBack), HasSubstr(kGivenBack));
}

TEST_F(ProgramTest, OnATerminalACanaryThatWaitsStandsBelowTheSlotsWithWhatToTypeNext) {
  StartController([](FakeFleetControl& control, os::EventLoop&) {
    control.on_roll = [&control] {
      control.status.roll =
          api::RollProgress{.number = 1,
                            .phase = "paused",
                            .canary = api::CanaryProgress{.step = 1, .of = 1, .share = 0.05}};
      control.Tell("RollBegan");
      control.Tell("WorkerStateChanged", "canary", 0);
      return 1;
    };
  });
  Pipe terminal = MakeTerminal();
  os::Child child = LaunchOn(terminal, {"roll", "--canary", "5%"});
  const std::string text = ReadUntil(terminal.read.get(), "reverts it");
  EXPECT_THAT(text, HasSubstr("slot 0   gen 2: canary "));
  EXPECT_THAT(text, HasSubstr("canary step 1 of 1: 5% of new connections, until it is resumed"));
  EXPECT_THAT(text, HasSubstr("`rollport resume` continues it, `rollport abort` reverts it"));
  Type(terminal, "\003");
  EXPECT_EQ(child.Wait()->code, 130);
  EXPECT_THAT(ReadUntil(terminal.read.get(), "`rollport pause` pauses it"),
              HasSubstr("no longer waiting: roll 1 continues"));
}

// What a terminal shows of the key, if it echoes.
constexpr char kEchoedCtrlC[] = "^C";

TEST_F(ProgramTest, ARollThatDrawsDoesNotEchoAndGivesTheTerminalBackHoweverItEnds) {
  StartController(RollWithoutEnd);
  struct Way {
    const char* name;
    int signal;  // 0: the key
    int status;
  };
  for (const Way& way : {Way{"Ctrl-C", 0, 130}, Way{"SIGTERM", SIGTERM, 143},
                         Way{"SIGHUP", SIGHUP, 129}, Way{"SIGQUIT", SIGQUIT, 131}}) {
    Pipe terminal = MakeTerminal();
    const termios before = Settings(terminal);
    os::Child child = LaunchOn(terminal, {"roll"});
    ReadUntil(terminal.read.get(), "roll began");
    EXPECT_EQ(Settings(terminal).c_lflag & ECHO, 0U) << way.name;
    if (way.signal == 0) {
      Type(terminal, "x\003");
    } else {
      ASSERT_TRUE(child.Signal(way.signal).ok());
    }
    EXPECT_EQ(child.Wait()->code, way.status) << way.name;
    const std::string text = ReadUntil(terminal.read.get(), "reverts it");
    EXPECT_THAT(text, HasSubstr("no longer waiting: roll 1 continues")) << way.name;
    EXPECT_THAT(text, Not(HasSubstr(kEchoedCtrlC)));
    EXPECT_EQ(Settings(terminal).c_lflag, before.c_lflag) << way.name;
  }
}

TEST_F(ProgramTest, ARollWhoseControllerDiesGivesTheTerminalBack) {
  StartController(RollWithoutEnd);
  Pipe terminal = MakeTerminal();
  const termios before = Settings(terminal);
  os::Child child = LaunchOn(terminal, {"roll"});
  ReadUntil(terminal.read.get(), "roll began");
  kill(controller_, SIGKILL);
  waitpid(std::exchange(controller_, 0), nullptr, 0);
  EXPECT_EQ(child.Wait()->code, 3);
  EXPECT_EQ(Settings(terminal).c_lflag, before.c_lflag);
}

TEST_F(ProgramTest, ARollThatIsSuspendedLendsTheTerminalToTheShell) {
  StartController(RollWithoutEnd);
  Pipe terminal = MakeTerminal();
  const termios before = Settings(terminal);
  os::Child child = LaunchOn(terminal, {"roll"});
  ReadUntil(terminal.read.get(), "roll began");
  Type(terminal, "\032");
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child.pid()), &info, WSTOPPED | WNOWAIT), 0);
  EXPECT_EQ(info.si_code, CLD_STOPPED);
  EXPECT_EQ(Settings(terminal).c_lflag, before.c_lflag);
  ASSERT_TRUE(child.Signal(SIGCONT).ok());
  EXPECT_TRUE(Eventually([&] { return (Settings(terminal).c_lflag & ECHO) == 0; }));
  Type(terminal, "\003");
  EXPECT_EQ(child.Wait()->code, 130);
  EXPECT_EQ(Settings(terminal).c_lflag, before.c_lflag);
}

TEST_F(ProgramTest, LinesOfARollAreBrokenBetweenWords) {
  StartController(Ends({.outcome = "reverted",
                        .generation = 1,
                        .reason = "slot 0: a reason that is told in so many words that a line of a "
                                  "hundred columns has no room for them"}));
  Pipe terminal = MakeTerminal();
  os::Child child = LaunchOn(terminal, {"roll"});
  EXPECT_THAT(ReadUntil(terminal.read.get(), "cut)"),
              HasSubstr("a line of a hundred columns has no\r\n  room for them"));
  EXPECT_EQ(child.Wait()->code, 1);
}

TEST_F(ProgramTest, RunLogsTextOnATerminal) {
  // Held, so that no other process gets the port; the fleet's own listeners share it.
  const os::UniqueFd port = *os::Bind(*os::SocketAddress::Parse("127.0.0.1:0"));
  Write("fleet.toml",
        "name = \"site\"\nstate_dir = \"state\"\nworkers = 1\nadmin = \"\"\nlisten = [\"" +
            os::LocalName(port.get()) + "\"]\nworker.command = [\"./server\"]\n");
  Pipe terminal = MakeTerminal();
  os::Child child = LaunchOn(terminal, {"run"});
  terminal.write.Reset();
  EXPECT_THAT(ReadUntil(terminal.read.get(), "start failed"),
              testing::ContainsRegex("^[0-9:]{8} slot 0 generation 1 pid [0-9]+: starting"));
  ReadAll(terminal.read.get());
  EXPECT_EQ(child.Wait()->code, 1);
}

TEST_F(ProgramTest, CtrlCInRunDrainsThenSaysWhatItWaitsForThenKills) {
  const os::UniqueFd port = *os::Bind(*os::SocketAddress::Parse("127.0.0.1:0"));
  Write("deaf", "#!/bin/sh\ntrap '' TERM\necho armed\nwhile :; do sleep 1; done\n");
  chmod((dir_ / "deaf").c_str(), 0700);
  Write("fleet.toml",
        "name = \"site\"\nstate_dir = \"state\"\nworkers = 1\nadmin = \"\"\nlisten = [\"" +
            os::LocalName(port.get()) +
            "\"]\n[worker]\ncommand = [\"./deaf\"]\nlistener = \"inherit\"\n"
            "ready = \"listening\"\n[roll]\ndrain_timeout = \"1h\"\n");
  Pipe terminal = MakeTerminal();
  os::Child child = LaunchOn(terminal, {"run"});
  ReadUntil(terminal.read.get(), "stdout: armed");
  Type(terminal, "\003");
  ReadUntil(terminal.read.get(), "draining");
  Type(terminal, "\003");
  EXPECT_THAT(ReadUntil(terminal.read.get(), "kills what is left"),
              testing::ContainsRegex(
                  "stop awaited: the stop waits for 1 worker: slot 0 \\(process [0-9]+, draining"));
  Type(terminal, "\003");
  EXPECT_THAT(ReadUntil(terminal.read.get(), "fleet stopped"),
              HasSubstr(" stop forced: killed 1 worker: slot 0"));
  EXPECT_EQ(child.Wait()->code, 0);
}

}  // namespace
}  // namespace rollport::cli
