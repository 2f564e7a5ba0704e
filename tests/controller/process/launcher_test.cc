#include "controller/process/launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "os/proc.h"
#include "os/sock_diag.h"
#include "os/socket.h"
#include "tests/support/temp_dir.h"

namespace rollport::controller {
namespace {

using testing::HasSubstr;

class LauncherTest : public testing::Test {
 protected:
  // Launches a worker that runs this shell script.
  absl::StatusOr<Launched> Launch(const std::string& script) {
    return Launch(std::vector<std::string>{"/bin/sh", "-c", script});
  }
  absl::StatusOr<Launched> Launch(const std::vector<std::string>& command) {
    const Generation generation =
        *Generation::Take(GenerationId(7), command, settings_.env, dir_.path());
    return controller::Launch(*loop_, place_, generation, settings_, WorkerId(1), SlotId(2),
                              [](os::ExitStatus) {});
  }
  // All that the script writes to stdout.
  std::string Output(const std::string& script) {
    const absl::StatusOr<Launched> launched = Launch(script);
    EXPECT_TRUE(launched.ok()) << launched.status();
    return ReadAll(launched->out.get());
  }
  static std::string ReadAll(int fd) {
    std::string text;
    char block[4096];
    while (true) {
      pollfd polled = {.fd = fd, .events = POLLIN};
      if (poll(&polled, 1, 20'000) != 1) return text + " (and no end)";
      const ssize_t n = read(fd, block, sizeof block);
      if (n <= 0) return text;
      text.append(block, static_cast<size_t>(n));
    }
  }
  std::map<std::string, std::string> Environment() {
    std::map<std::string, std::string> variables;
    for (const auto& line : absl::StrSplit(Output("env; echo SHELL_PID=$$"), '\n')) {
      variables.insert(absl::StrSplit(line, absl::MaxSplits('=', 1)));
    }
    return variables;
  }

  TempDir dir_;
  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  const os::UniqueFd bound_ = *os::Bind(*os::SocketAddress::Parse("127.0.0.1:0"));
  const os::SocketAddress address_ = *os::LocalAddress(bound_.get());
  const LaunchPlace place_ = {.addresses = {address_},
                              .notify_socket = "/run/notify.sock",
                              .drain_timeout = absl::Seconds(30)};
  fleet_file::WorkerSettings settings_;
};

TEST_F(LauncherTest, AWorkerIsToldWhatItIs) {
  settings_.env = {{"MODE", "production"}};
  settings_.watchdog = absl::Milliseconds(1500);
  const auto variables = Environment();
  EXPECT_EQ(variables.at("ROLLPORT_LISTEN"), address_.ToString());
  EXPECT_EQ(variables.at("ROLLPORT_SLOT"), "2");
  EXPECT_EQ(variables.at("ROLLPORT_GENERATION"), "7");
  EXPECT_EQ(variables.at("ROLLPORT_DRAIN_TIMEOUT"), "30s");
  EXPECT_EQ(variables.at("NOTIFY_SOCKET"), "/run/notify.sock");
  EXPECT_EQ(variables.at("WATCHDOG_USEC"), "1500000");
  EXPECT_EQ(variables.at("WATCHDOG_PID"), variables.at("SHELL_PID"));
  EXPECT_EQ(variables.at("MODE"), "production");
  EXPECT_FALSE(variables.contains("LISTEN_FDS"));
  EXPECT_NE(variables.at("ROLLPORT_PAGE_FD"), variables.at("ROLLPORT_HANDOVER_FD"));
}

TEST_F(LauncherTest, ItGetsItsPageAndItsChannelAndNothingElseOfOurs) {
  const std::string open = Output("ls -l /proc/self/fd");
  EXPECT_THAT(open, HasSubstr(" 3 -> "));
  EXPECT_THAT(open, HasSubstr(" 4 -> socket:"));
  // 5 is what ls itself has open.
  EXPECT_THAT(open, testing::Not(HasSubstr(" 6 -> ")));
}

TEST_F(LauncherTest, InheritedListenersComeFirstAndBlock) {
  settings_.listener = fleet_file::Listener::kInherit;
  const absl::StatusOr<Launched> launched = Launch(
      "echo $LISTEN_FDS $LISTEN_FDNAMES $((LISTEN_PID == $$)) $ROLLPORT_PAGE_FD; "
      "cat /proc/self/fdinfo/3; exec >&-; exec sleep 1000");
  ASSERT_TRUE(launched.ok()) << launched.status();
  const std::string told = ReadAll(launched->out.get());
  EXPECT_THAT(told, testing::StartsWith(absl::StrCat("1 ", address_.port(), " 1 4\n")));
  const size_t flags = told.find("flags:\t");
  ASSERT_NE(flags, std::string::npos);
  EXPECT_EQ(std::stoi(told.substr(flags + 7), nullptr, 8) & O_NONBLOCK, 0);
  // It is in the group from the start.
  os::SockDiag diag = *os::SockDiag::Create();
  const auto listeners = *diag.DumpListeners(AF_INET, address_.port());
  ASSERT_EQ(listeners.size(), 1U);
  EXPECT_EQ(*os::FindSocketFd(launched->worker->pid(), listeners[0].inode), 3);
}

TEST_F(LauncherTest, AListenerMayBeStdin) {
  settings_.listener = fleet_file::Listener::kInherit;
  settings_.listener_fd = 0;
  EXPECT_EQ(Output("echo ${LISTEN_FDS-none}; readlink /proc/self/fd/0 | cut -c1-7"),
            "none\nsocket:\n");
}

TEST_F(LauncherTest, AnAddressThatCannotBeBoundFailsTheLaunch) {
  const os::UniqueFd stranger = *os::ListenAlone(*os::SocketAddress::Parse("127.0.0.1:0"), 8);
  const os::SocketAddress taken = *os::LocalAddress(stranger.get());
  settings_.listener = fleet_file::Listener::kInherit;
  const Generation generation = *Generation::Take(GenerationId(1), {"/bin/true"}, {}, "/");
  const LaunchPlace place = {.addresses = {taken}};
  const auto launched = controller::Launch(*loop_, place, generation, settings_, WorkerId(1),
                                           SlotId(0), [](os::ExitStatus) {});
  EXPECT_THAT(launched.status().message(), HasSubstr(taken.ToString()));
}

TEST_F(LauncherTest, AnErrorNamesTheExecutable) {
  const std::string script = dir_ / "server";
  std::ofstream(script) << "#!no/such/interpreter\n";
  ASSERT_EQ(chmod(script.c_str(), 0700), 0);
  const auto launched = Launch(std::vector<std::string>{script});
  EXPECT_THAT(launched.status().message(), HasSubstr(script));
}

TEST_F(LauncherTest, OutputsThatAreNotForTheLogGoWhereTheyShall) {
  settings_.out = {.kind = fleet_file::Output::Kind::kFile, .path = dir_ / "out-%s-%g"};
  settings_.err = {.kind = fleet_file::Output::Kind::kNull};
  absl::StatusOr<Launched> launched = Launch("echo written; echo lost >&2");
  ASSERT_TRUE(launched.ok()) << launched.status();
  EXPECT_FALSE(launched->out.valid());
  EXPECT_FALSE(launched->err.valid());
  pollfd ended = {.fd = launched->worker->pidfd(), .events = POLLIN};
  ASSERT_EQ(poll(&ended, 1, 20'000), 1);
  std::string line;
  std::getline(std::ifstream(dir_ / "out-2-7"), line);
  EXPECT_EQ(line, "written");
}

TEST_F(LauncherTest, EachSlotHasItsOwnProcessGroup) {
  const absl::StatusOr<Launched> launched = Launch("exec sleep 1000");
  ASSERT_TRUE(launched.ok());
  const pid_t pid = launched->worker->pid();
  EXPECT_EQ(getpgid(pid), pid) << "Ctrl-C is for the controller alone";
}

}  // namespace
}  // namespace rollport::controller
