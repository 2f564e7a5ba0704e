// A child process, launched from a plain description and held by pidfd.
#ifndef ROLLPORT_OS_CHILD_H_
#define ROLLPORT_OS_CHILD_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "os/process_settings.h"
#include "os/unique_fd.h"

namespace rollport::os {

// How a process ended.
struct ExitStatus {
  int code = 0;    // the exit status, if `signal` is 0
  int signal = 0;  // the signal that killed it, or 0
  bool core_dumped = false;
  bool known = true;  // false: it was not our child, and only its parent can learn how it ended

  bool clean() const { return code == 0 && signal == 0; }
  // "ended" if no more is known, "exited with status 1", "killed by signal 9 (SIGKILL)",
  // "… (SIGSEGV), core dumped".
  std::string ToString() const;
  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

// Everything that the child gets. Its signal mask is empty and every disposition is the default.
// The descriptors named here are borrowed; no others survive the exec, except those that
// before_exec passes.
struct LaunchSpec {
  // The executable; PATH is not searched. With `executable_fd`, only its name in messages.
  std::string path;
  // If not -1, this open file is executed (execveat(2)), whatever file `path` names by now. The
  // interpreter of a script inherits the descriptor, because it has to open the script through it.
  int executable_fd = -1;
  std::vector<std::string> argv;         // REQUIRES: at least argv[0]
  std::vector<std::string> environment;  // "KEY=VALUE"
  std::string directory;                 // working directory; empty: this process's own

  // -1 means /dev/null for stdin, and this process's own for the other two.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  struct Inherited {
    int fd;      // its number in this process
    int number;  // its number in the child, 3 or more
  };
  std::vector<Inherited> inherited;

  bool new_session = false;        // setsid(2)
  bool new_process_group = false;  // setpgid(2); implied by new_session
  // Variables that hold the child's own pid, such as LISTEN_PID, which sd_listen_fds(3) demands
  // along with LISTEN_FDS.
  std::vector<std::string> pid_variables;
  ProcessSettings settings;
  // Runs in the child before exec: after `inherited` are in place, before the credentials of
  // `settings` apply and signals are unblocked. It may put descriptors of its own at numbers up to
  // 99, with PassAs(). Its error fails the launch, and Launch() returns it unchanged. The child may
  // share our memory, so it must not allocate any, except for an error. REQUIRES: this process has
  // only one thread.
  std::function<absl::Status()> before_exec;
};

// Makes `fd` survive exec as `number`, in place of the descriptor that had that number, if any. For
// before_exec.
absl::Status PassAs(int fd, int number);

class Child {
 public:
  // Blocks until the executable runs. If it could not be started, returns why: "execve EXECUTABLE:
  // No such file or directory"; then no process is left to reap.
  static absl::StatusOr<Child> Launch(const LaunchSpec& spec);

  // A process that this object did not launch. Its end is always seen; its exit status only if it
  // is our child by then (a subreaper, PR_SET_CHILD_SUBREAPER, inherits it when its parent ends).
  // kNotFound if there is no such process. If `pid` may have been reused for another process, read
  // StartTime() (os/proc.h) after this call, and Ended() after that: if it has not ended, the start
  // time is that of the process held here.
  static absl::StatusOr<Child> TakeOver(pid_t pid);

  Child(Child&&) noexcept = default;
  Child& operator=(Child&&) noexcept = default;
  // Neither kills the process nor waits for it. A child that is not reaped stays a zombie from its
  // end until ours.
  ~Child() = default;

  pid_t pid() const { return pid_; }
  // Borrowed. Readable when the process has ended.
  int pidfd() const { return pidfd_.get(); }
  // Not an error if it has ended already.
  absl::Status Signal(int signal) const;
  // Sends SIGKILL to the process group that it leads, or led before it ended. If it was taken over,
  // also to the process itself and to the group that it is in, unless that group is ours. No other
  // process gets anything, also if its pid is another's by now.
  void KillGroup() const;
  // Whether it has ended. Once true, always true.
  bool Ended() const;
  // How it ended, or nullopt while it runs. The first answer reaps the process; it is remembered.
  absl::StatusOr<std::optional<ExitStatus>> Reap();
  // Blocks until it ends, and reaps it. For tests and for callers with nothing else to do.
  absl::StatusOr<ExitStatus> Wait();

 private:
  Child(pid_t pid, UniqueFd pidfd, std::optional<uint64_t> start_time = std::nullopt)
      : pid_(pid), pidfd_(std::move(pidfd)), start_time_(start_time) {}
  absl::StatusOr<std::optional<ExitStatus>> ReapWith(int options);
  // For a process that is not our child.
  std::optional<ExitStatus> EndOfAnothersChild(bool wait);

  pid_t pid_;
  UniqueFd pidfd_;
  // Only if it was taken over: then another process may reap it, and its pid be reused.
  std::optional<uint64_t> start_time_;
  std::optional<ExitStatus> exit_;
};

}  // namespace rollport::os

#endif  // ROLLPORT_OS_CHILD_H_
