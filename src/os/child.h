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
  int code = 0;    // the exit status, where signal is 0
  int signal = 0;  // what killed it
  bool core_dumped = false;
  bool known = true;  // false: somebody else was told how

  bool clean() const { return code == 0 && signal == 0; }
  // "ended" where that is all that is known, "exited with status 1", "killed by signal 9
  // (SIGKILL)", "… (SIGSEGV), core dumped".
  std::string ToString() const;
  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

// All that the child gets; whatever is not named here, it does not get. Its signal mask is empty
// and every disposition is the default. All descriptors but these are closed at exec.
struct LaunchSpec {
  // The program; no search along PATH. Also the name in messages where `executable_fd` is set.
  std::string path;
  // Where not -1, this open file is executed instead (execveat(2)), whatever is at `path` by now.
  // A script's interpreter inherits the descriptor, because it has to open the script through it.
  int executable_fd = -1;
  std::vector<std::string> argv;         // REQUIRES: at least argv[0]
  std::vector<std::string> environment;  // "KEY=VALUE"
  std::string directory;                 // working directory; empty: ours

  // -1 means /dev/null for stdin, and ours for the other two.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  struct Inherited {
    int fd;      // ours, borrowed
    int number;  // its number in the child, 3 or more
  };
  std::vector<Inherited> inherited;

  bool new_session = false;        // setsid(2)
  bool new_process_group = false;  // setpgid(2); needless with new_session
  // Variables that are to hold the child's own pid, such as LISTEN_PID: sd_listen_fds(3) demands it
  // with LISTEN_FDS.
  std::vector<std::string> pid_variables;
  ProcessSettings settings;
  // Runs in the child between fork and exec, when `inherited` are in place and before the
  // credentials of `settings` are taken on and signals are unblocked. It may put descriptors of its
  // own at numbers up to 99, with PassAs(). An error fails the launch and is returned as it is.
  // REQUIRES: this process has one thread only.
  std::function<absl::Status()> before_exec;
};

// Makes `fd` survive exec as `number`, in place of what had that number. For before_exec.
absl::Status PassAs(int fd, int number);

class Child {
 public:
  // Returns when the new program runs, or with what went wrong on the way: "execve PROGRAM: No such
  // file or directory"; then nothing is left to reap.
  static absl::StatusOr<Child> Launch(const LaunchSpec& spec);

  // A process that somebody else has started. Its end is seen; how it ended is known only where it
  // is our child by then, which it becomes, where we are its subreaper (PR_SET_CHILD_SUBREAPER),
  // when its parent ends. Where `pid` may have come to mean another process, look at its
  // StartTime (os/proc.h) afterwards, and then whether it has ended: if not, the pidfd is of the
  // process that was looked at. kNotFound where there is none.
  static absl::StatusOr<Child> Adopt(pid_t pid);

  Child(Child&&) noexcept = default;
  Child& operator=(Child&&) noexcept = default;
  // Neither kills nor waits: a process not reaped goes on, and is a zombie from its end to ours.
  ~Child() = default;

  pid_t pid() const { return pid_; }
  // Readable when the child has ended.
  int pidfd() const { return pidfd_.get(); }
  // Not an error where it has ended already.
  absl::Status Signal(int signal) const;
  // SIGKILL to the process group that it leads, or led: those who are left of it after its end. To
  // an adopted process itself too, and to the group that it is in, unless that is ours.
  void KillGroup() const;
  // Whether it has ended; true for ever after.
  bool Ended() const;
  // How it ended, or nullopt while it runs. Reaps at the first such answer, and remembers it.
  absl::StatusOr<std::optional<ExitStatus>> Reap();
  // Waits for the end. For tests and for programs with nothing else to do.
  absl::StatusOr<ExitStatus> Wait();

 private:
  Child(pid_t pid, UniqueFd pidfd, std::optional<uint64_t> start_time = std::nullopt)
      : pid_(pid), pidfd_(std::move(pidfd)), start_time_(start_time) {}
  absl::StatusOr<std::optional<ExitStatus>> ReapWith(int options);
  std::optional<ExitStatus> EndOfAnothersChild(bool wait);

  pid_t pid_;
  UniqueFd pidfd_;
  std::optional<uint64_t>
      start_time_;  // of an adopted one: its pid is not ours to keep from re-use
  std::optional<ExitStatus> exit_;
};

}  // namespace rollport::os

#endif  // ROLLPORT_OS_CHILD_H_
