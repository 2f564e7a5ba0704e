// The program itself, as a shell starts it.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "os/child.h"
#include "tests/cli/fake_controller.h"

namespace rollport::cli {
namespace {

using controller::FakeBackend;
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
  // A terminal of 100 columns; `read` is the side of the one who looks at it.
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

  static void RollWithoutEnd(FakeBackend& backend, os::EventLoop&) {
    backend.on_roll = [&backend] {
      backend.Tell("RollBegan");
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

TEST_F(ProgramTest, CtrlCSaysThatTheRollGoesOn) {
  StartController(RollWithoutEnd);
  Pipe out = MakePipe(), err = MakePipe();
  os::Child child = Launch({"roll"}, out.write.get(), err.write.get());
  EXPECT_THAT(ReadUntil(out.read.get(), "roll began"), HasSubstr("roll began"));
  ASSERT_TRUE(child.Signal(SIGINT).ok());
  EXPECT_EQ(child.Wait()->code, 130);
  err.write.Reset();
  EXPECT_THAT(ReadAll(err.read.get()), HasSubstr("roll 1 goes on"));
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

}  // namespace
}  // namespace rollport::cli
