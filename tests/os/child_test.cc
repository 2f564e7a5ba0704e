#include "os/child.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "gtest/gtest.h"
#include "os/pidfd.h"
#include "os/signals.h"
#include "tests/support/readiness.h"
#include "tests/support/temp_dir.h"

namespace rollport::os {
namespace {

LaunchSpec Shell(std::string script) {
  return {.path = "/bin/sh", .argv = {"sh", "-c", std::move(script)}};
}

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    read_end.Reset(ends[0]);
    write_end.Reset(ends[1]);
  }
  // Everything up to the end, after closing our own writing end.
  std::string ReadAll() {
    write_end.Reset();
    std::string all;
    char buffer[4096];
    for (ssize_t n; (n = read(read_end.get(), buffer, sizeof buffer)) > 0;) {
      all.append(buffer, static_cast<size_t>(n));
    }
    return all;
  }
  UniqueFd read_end, write_end;
};

// Runs `spec` to its end and returns its stdout.
std::string Output(LaunchSpec spec) {
  Pipe pipe;
  spec.stdout_fd = pipe.write_end.get();
  auto child = Child::Launch(spec);
  EXPECT_TRUE(child.ok()) << child.status();
  if (!child.ok()) return "";
  std::string out = pipe.ReadAll();
  EXPECT_TRUE(child->Wait()->clean());
  return out;
}

ExitStatus RunToEnd(const LaunchSpec& spec) { return *Child::Launch(spec)->Wait(); }

TEST(ChildTest, SaysHowItEnded) {
  EXPECT_EQ(RunToEnd(Shell("exit 0")).ToString(), "exited with status 0");
  EXPECT_EQ(RunToEnd(Shell("exit 7")).ToString(), "exited with status 7");
  EXPECT_EQ(RunToEnd(Shell("kill -KILL $$")).ToString(), "killed by signal 9 (SIGKILL)");
  EXPECT_EQ((ExitStatus{.signal = SIGSEGV, .core_dumped = true}).ToString(),
            "killed by signal 11 (SIGSEGV), core dumped");
  EXPECT_EQ((ExitStatus{.signal = 63}).ToString(), "killed by signal 63");
}

TEST(ChildTest, ALaunchLeavesNothingAllocated) {
  const LaunchSpec spec{.path = "/bin/true",
                        .argv = {"true", std::string(1'000, 'x')},
                        .environment = {"A=" + std::string(1'000, 'y')},
                        .pid_variables = {"LISTEN_PID"}};
  RunToEnd(spec);
  const size_t before = mallinfo2().uordblks;
  constexpr size_t kLaunches = 50;
  for (size_t i = 0; i < kLaunches; ++i) RunToEnd(spec);
  // What malloc keeps for itself counts as used.
  EXPECT_LT(mallinfo2().uordblks, before + kLaunches * 20);
}

TEST(ChildTest, AMemoryLimitIsNotThatOfOurMemory) {
  const std::vector<char> ours(4 << 20, 'x');
  LaunchSpec spec{.path = "/bin/true", .argv = {"true"}};
  spec.settings.limits = {{.resource = RLIMIT_DATA, .value = 1 << 20}};
  EXPECT_TRUE(RunToEnd(spec).clean());
}

TEST(ChildTest, RunsUntilSignalledAndThenIsReapedOnce) {
  Child child = *Child::Launch({.path = "/bin/sleep", .argv = {"sleep", "1000"}});
  EXPECT_FALSE((*child.Reap()).has_value());
  ASSERT_TRUE(child.Signal(SIGTERM).ok());
  AwaitReadable(child.pidfd());
  const ExitStatus expected{.signal = SIGTERM};
  EXPECT_EQ(*child.Reap(), expected);
  EXPECT_EQ(*child.Reap(), expected);
  EXPECT_TRUE(child.Signal(SIGTERM).ok());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(ChildTest, AFailureToExecuteNamesTheFileAndLeavesNothing) {
  EXPECT_EQ(Child::Launch({.path = "/no/such", .argv = {"x"}}).status().message(),
            "execve /no/such: No such file or directory");
  EXPECT_EQ(Child::Launch({.path = "/etc/passwd", .argv = {"x"}}).status().code(),
            absl::StatusCode::kPermissionDenied);
  LaunchSpec spec = Shell("exit 0");
  spec.directory = "/no/such";
  EXPECT_EQ(Child::Launch(spec).status().message(), "chdir /no/such: No such file or directory");
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(ChildTest, GetsItsArgumentsEnvironmentAndFolder) {
  LaunchSpec spec = Shell("echo \"$0 $1 $COLOUR $HOME $PWD\"");
  spec.argv.insert(spec.argv.end(), {"name", "two words"});
  spec.environment = {"COLOUR=green"};
  spec.directory = "/usr";
  EXPECT_EQ(Output(spec), "name two words green  /usr\n");
}

TEST(ChildTest, DescriptorsLandOnTheirNumbersEvenIfTheyCross) {
  Pipe a, b;
  // Each is to get the number that the other has.
  const int low = fcntl(a.write_end.get(), F_DUPFD_CLOEXEC, 5);
  const int high = fcntl(b.write_end.get(), F_DUPFD_CLOEXEC, 5);
  LaunchSpec spec = Shell(absl::StrCat("echo a >&", high, "; echo b >&", low));
  spec.inherited = {{.fd = low, .number = high}, {.fd = high, .number = low}};
  EXPECT_TRUE(RunToEnd(spec).clean());
  close(low);
  close(high);
  EXPECT_EQ(a.ReadAll(), "a\n");
  EXPECT_EQ(b.ReadAll(), "b\n");
}

TEST(ChildTest, InheritsNothingElse) {
  const UniqueFd leaky(open("/dev/zero", O_RDONLY));  // NOLINT: the point is the missing O_CLOEXEC
  Pipe pipe;
  LaunchSpec spec = Shell("ls /proc/$$/fd");
  spec.inherited = {{.fd = pipe.write_end.get(), .number = 4}};
  const std::string numbers = Output(spec);
  EXPECT_EQ(numbers, "0\n1\n2\n4\n");
}

TEST(ChildTest, HasAnEmptyMaskAndDefaultDispositions) {
  const SignalFd signals = *SignalFd::Create({SIGTERM, SIGHUP});
  std::signal(SIGPIPE, SIG_IGN);
  const std::string status =
      Output({.path = "/bin/grep", .argv = {"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}});
  std::signal(SIGPIPE, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  EXPECT_EQ(status.find_first_of("123456789abcdef", status.find("\t")), status.npos) << status;
}

TEST(ChildTest, LeadsItsOwnSessionOrGroupIfAsked) {
  LaunchSpec spec = {.path = "/bin/sleep", .argv = {"sleep", "1000"}};
  spec.new_session = true;
  Child session = *Child::Launch(spec);
  EXPECT_EQ(getsid(session.pid()), session.pid());
  spec.new_session = false;
  spec.new_process_group = true;
  Child group = *Child::Launch(spec);
  EXPECT_EQ(getpgid(group.pid()), group.pid());
  EXPECT_EQ(getsid(group.pid()), getsid(0));
  for (Child* child : {&session, &group}) {
    ASSERT_TRUE(child->Signal(SIGKILL).ok());
    ASSERT_TRUE(child->Wait().ok());
  }
}

TEST(ChildTest, ExecutesAnOpenFileWhoseNameIsGone) {
  const TempDir dir;
  const std::string copy = dir / "executable";
  std::filesystem::copy_file("/bin/echo", copy);
  const UniqueFd file(open(copy.c_str(), O_RDONLY | O_CLOEXEC));
  std::filesystem::remove(copy);
  EXPECT_EQ(Output({.path = copy, .executable_fd = file.get(), .argv = {"echo", "still"}}),
            "still\n");
}

TEST(ChildTest, ExecutesAnOpenScript) {
  const UniqueFd file(memfd_create("script", MFD_CLOEXEC));
  const std::string script = "#!/bin/sh\necho from $1\n";
  ASSERT_EQ(write(file.get(), script.data(), script.size()), static_cast<ssize_t>(script.size()));
  ASSERT_EQ(fchmod(file.get(), 0700), 0);
  // A file open for writing cannot be executed; a script opened anew for reading can.
  const UniqueFd reader(
      open(absl::StrCat("/proc/self/fd/", file.get()).c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(Output({.path = "script", .executable_fd = reader.get(), .argv = {"script", "here"}}),
            "from here\n");
}

TEST(ChildTest, PidVariablesHoldItsOwn) {
  LaunchSpec spec = Shell("test $LISTEN_PID = $$ && test $WATCHDOG_PID = $$");
  spec.pid_variables = {"LISTEN_PID", "WATCHDOG_PID"};
  EXPECT_TRUE(RunToEnd(spec).clean());
}

TEST(ChildTest, TheHookRunsInTheChildAndItsErrorComesBack) {
  LaunchSpec spec = Shell("exit 0");
  const pid_t us = getpid();
  spec.before_exec = [us] {
    return getpid() == us ? absl::InternalError("in the parent")
                          : absl::AlreadyExistsError("bind on x: taken");
  };
  EXPECT_EQ(Child::Launch(spec).status(), absl::AlreadyExistsError("bind on x: taken"));
}

TEST(ChildTest, TheHookMayPassDescriptorsOfItsOwn) {
  LaunchSpec spec = Shell("ls /proc/$$/fd; echo x >&3; echo x >&4");
  spec.before_exec = [] {
    for (const int number : {3, 4}) {
      const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);  // may well have that number already
      RETURN_IF_ERROR(PassAs(fd, number));
    }
    return absl::OkStatus();
  };
  EXPECT_EQ(Output(spec), "0\n1\n2\n3\n4\n");
}

TEST(PidfdTest, FetchesADescriptorOfAnotherProcess) {
  const UniqueFd file(memfd_create("shared", MFD_CLOEXEC));
  LaunchSpec spec = {.path = "/bin/sleep", .argv = {"sleep", "1000"}};
  spec.inherited = {{.fd = file.get(), .number = 9}};
  Child child = *Child::Launch(spec);
  const auto copy = PidfdGetFd(child.pidfd(), 9);
  ASSERT_TRUE(copy.ok()) << copy.status();
  struct stat a, b;
  ASSERT_EQ(fstat(file.get(), &a), 0);
  ASSERT_EQ(fstat(copy->get(), &b), 0);
  EXPECT_EQ(a.st_ino, b.st_ino);
  EXPECT_EQ(PidfdGetFd(child.pidfd(), 8).status().message(),
            "pidfd_getfd of descriptor 8: Bad file descriptor");
  ASSERT_TRUE(child.Signal(SIGKILL).ok());
  ASSERT_TRUE(child.Wait().ok());
  EXPECT_FALSE(PidfdOpen(child.pid()).ok());
}

// A grandchild whose parent has ended: another process reaps it.
pid_t LaunchStranger(const std::string& script) {
  return static_cast<pid_t>(std::stol(Output(Shell("(" + script + ") >/dev/null 2>&1 & echo $!"))));
}

TEST(ChildTest, AProcessTakenOverIsSignalledAndSeenToEndButNotHow) {
  auto stranger = Child::TakeOver(LaunchStranger("exec sleep 1000"));
  ASSERT_TRUE(stranger.ok()) << stranger.status();
  EXPECT_FALSE(stranger->Ended());
  EXPECT_EQ(*stranger->Reap(), std::nullopt);
  ASSERT_TRUE(stranger->Signal(SIGTERM).ok());
  const auto exit = stranger->Wait();
  ASSERT_TRUE(exit.ok()) << exit.status();
  EXPECT_FALSE(exit->known);
  EXPECT_EQ(exit->ToString(), "ended");
  EXPECT_TRUE(stranger->Ended());
  EXPECT_TRUE(stranger->Signal(SIGTERM).ok());
}

TEST(ChildTest, TheGroupOfALeaderTakenOverIsKilledEvenAfterItsEnd) {
  // The leader ends at once; a member of its group keeps the pipe open.
  Pipe pipe;
  LaunchSpec spec = Shell("sleep 1000 & echo $$");
  spec.stdout_fd = pipe.write_end.get();
  spec.new_process_group = true;
  Child leader = *Child::Launch(spec);
  Child taken_over = *Child::TakeOver(leader.pid());
  ASSERT_TRUE(leader.Wait().ok());
  taken_over.KillGroup();
  EXPECT_EQ(pipe.ReadAll(), absl::StrCat(leader.pid(), "\n"));
}

TEST(ChildTest, AProcessThatIsNotThereCannotBeTakenOver) {
  Child child = *Child::Launch(Shell("exit 0"));
  ASSERT_TRUE(child.Wait().ok());
  EXPECT_EQ(Child::TakeOver(child.pid()).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace rollport::os
