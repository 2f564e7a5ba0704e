#include "os/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "os/child_side.h"
#include "os/errno_status.h"
#include "os/file.h"
#include "os/pidfd.h"
#include "os/proc.h"

namespace rollport::os {
namespace {

void WaitFor(pid_t pid) {
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// Blocks every signal as long as it exists. Until the child has set its own mask no signal may be
// delivered to it: a handler of this process would run there.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// For everything up to exec, with a sanitizer's frames.
struct alignas(64) ChildStack {
  char bytes[64 << 10];
};
// As shells say that a program could not be executed.
constexpr int kNotExecuted = 127;

// What the new process needs. It is alive until the child has executed the program or has ended.
struct Start {
  const LaunchSpec& spec;
  ChildSetup& setup;
  int report_fd;
};

int RunChild(void* start) {
  const auto& [spec, setup, report_fd] = *static_cast<const Start*>(start);
  BecomeChild(spec, setup, report_fd);
  return kNotExecuted;
}

// Before Linux 5.16 a child that dumps core takes every process with it that shares its memory
// (zap_threads in fs/coredump.c).
bool MayShareMemory() {
  static const bool may = [] {
    utsname name;
    int major = 0, minor = 0;
    return uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
           (major > 5 || (major == 5 && minor >= 16));
  }();
  return may;
}

// The child uses our memory, and we are suspended until it has executed the program or has ended
// (CLONE_VFORK, clone(2)): to copy the page tables of a large process takes milliseconds. A child
// that changes its user gets a copy all the same: for a moment, that user's processes may signal
// it.
pid_t CreateProcess(Start& start) {
  if (MayShareMemory() && !start.spec.settings.credentials.has_value()) {
    const auto stack = std::make_unique_for_overwrite<ChildStack>();
    // It grows downwards.
    return clone(RunChild, stack.get() + 1, CLONE_VM | CLONE_VFORK | SIGCHLD, &start);
  }
  const pid_t pid = fork();
  if (pid == 0) _exit(RunChild(&start));
  return pid;
}

}  // namespace

std::string ExitStatus::ToString() const {
  if (!known) return "ended";
  if (signal == 0) return absl::StrCat("exited with status ", code);
  const char* name = sigabbrev_np(signal);
  return absl::StrCat("killed by signal ", signal, name ? absl::StrCat(" (SIG", name, ")") : "",
                      core_dumped ? ", core dumped" : "");
}

absl::StatusOr<Child> Child::Launch(const LaunchSpec& spec) {
  RP_CHECK(!spec.argv.empty(), spec.path);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus(errno, "pipe2 for " + spec.path);
  const UniqueFd report(ends[0]);
  UniqueFd report_end(ends[1]);
  ChildSetup setup(spec);
  Start start{spec, setup, report_end.get()};
  pid_t pid;
  {
    const AllSignalsBlocked blocked;
    pid = CreateProcess(start);
  }
  if (pid < 0) return ErrnoStatus(errno, "fork for " + spec.path);
  report_end.Reset();
  const absl::StatusOr<std::string> failure = ReadToEnd(report.get(), "read of a child's report");
  // Exec has closed the pipe.
  if (failure.ok() && failure->empty()) {
    // The pid is still its own even if it has ended by now, because only we can reap it.
    ASSIGN_OR_RETURN(UniqueFd pidfd, PidfdOpen(pid));
    return Child(pid, std::move(pidfd));
  }
  WaitFor(pid);
  if (!failure.ok()) return failure.status();
  return DecodeReport(*failure);
}

absl::StatusOr<Child> Child::TakeOver(pid_t pid) {
  ASSIGN_OR_RETURN(UniqueFd pidfd, PidfdOpen(pid));
  ASSIGN_OR_RETURN(const uint64_t start_time, StartTime(pid));
  return Child(pid, std::move(pidfd), start_time);
}

// The number of a group cannot be reused while the group has a member, or its leader is not reaped.
// We alone reap the leaders that we launched. A process that was taken over may have been reaped by
// another one, and another process may have its pid. What is read of the pid before its start time
// is about the process of that start time.
void Child::KillGroup() const {
  if (start_time_.has_value()) {
    const pid_t group = getpgid(pid_);
    const absl::StatusOr<uint64_t> now = StartTime(pid_);
    const bool is_ours = now.ok() && *now == *start_time_;
    if (is_ours && group > 0 && group != getpgrp()) kill(-group, SIGKILL);
    Signal(SIGKILL).IgnoreError();  // nothing more can be done to it
    if (now.ok() && !is_ours) return;
  }
  // Before Linux 6.9 the group can only be named by its number.
  const absl::Status status = PidfdSignalGroup(pidfd_.get(), SIGKILL);
  if (!status.ok() && !absl::IsNotFound(status)) kill(-pid_, SIGKILL);
}

bool Child::Ended() const {
  pollfd p = {.fd = pidfd_.get(), .events = POLLIN};
  return exit_.has_value() || poll(&p, 1, 0) == 1;
}

absl::Status Child::Signal(int signal) const {
  absl::Status status = PidfdSendSignal(pidfd_.get(), signal);
  if (absl::IsNotFound(status) || exit_) return absl::OkStatus();
  return status;
}

absl::StatusOr<std::optional<ExitStatus>> Child::ReapWith(int options) {
  if (exit_) return exit_;
  siginfo_t info = {};
  int result;
  do {
    result = waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | options);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno == ECHILD) return EndOfAnothersChild((options & WNOHANG) == 0);
  if (result != 0) return ErrnoStatus(errno, absl::StrCat("waitid on process ", pid_));
  if (info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED) {
    exit_ = ExitStatus{.code = info.si_status};
  } else {
    exit_ = ExitStatus{.signal = info.si_status, .core_dumped = info.si_code == CLD_DUMPED};
  }
  return exit_;
}

std::optional<ExitStatus> Child::EndOfAnothersChild(bool wait) {
  pollfd p = {.fd = pidfd_.get(), .events = POLLIN};
  while (poll(&p, 1, wait ? -1 : 0) < 0 && errno == EINTR) {
  }
  if ((p.revents & POLLIN) != 0) exit_ = ExitStatus{.known = false};
  return exit_;
}

absl::StatusOr<std::optional<ExitStatus>> Child::Reap() { return ReapWith(WNOHANG); }

absl::StatusOr<ExitStatus> Child::Wait() {
  ASSIGN_OR_RETURN(std::optional<ExitStatus> exit, ReapWith(0));
  return *exit;
}

}  // namespace rollport::os
