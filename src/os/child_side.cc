#include "os/child_side.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "os/child.h"
#include "os/descriptor_limit.h"
#include "os/errno_status.h"

namespace rollport::os {
namespace {

// A report is the status code as one character and then the message.
std::string EncodeReport(const absl::Status& status) {
  return absl::StrCat(std::string(1, static_cast<char>(status.code())), status.message());
}

absl::StatusOr<int> DevNull() {
  const int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus(errno, "open /dev/null");
  return fd;
}

// From this number on a descriptor is out of the way: above the wanted numbers, and above those
// that before_exec may use.
int FirstFreeNumber(const std::vector<DescriptorMove>& moves) {
  int highest = 99;
  for (const DescriptorMove& move : moves) highest = std::max(highest, move.to);
  return highest + 1;
}

std::vector<DescriptorMove> MovesOf(const LaunchSpec& spec) {
  std::vector<DescriptorMove> moves = {{spec.stdin_fd, 0}};
  if (spec.stdout_fd >= 0) moves.push_back({spec.stdout_fd, 1});
  if (spec.stderr_fd >= 0) moves.push_back({spec.stderr_fd, 2});
  for (const auto& i : spec.inherited) moves.push_back({i.fd, i.number});
  return moves;
}

// `needed`: how many descriptors the child must be allowed for all that is moved.
absl::StatusOr<int> DuplicateAbove(int fd, int lowest, int needed) {
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, lowest);
  if (copy >= 0) return copy;
  // EINVAL: `lowest` is beyond the limit; fcntl(2).
  if (errno == EMFILE || errno == EINVAL) {
    return absl::ResourceExhaustedError(
        absl::StrCat("RLIMIT_NOFILE is ", DescriptorLimit(), ", and to start a process takes ",
                     needed, ": raise it (ulimit -n, LimitNOFILE= of systemd)"));
  }
  return ErrnoStatus(errno, absl::StrCat("fcntl F_DUPFD of descriptor ", fd));
}

// Moves every descriptor out of the way and then to its number, so that none overwrites another
// that has yet to be moved. `*report_fd` and `*executable_fd` stay out of the way.
absl::Status PlaceDescriptors(std::vector<DescriptorMove>& moves, int* report_fd,
                              int* executable_fd) {
  ASSIGN_OR_RETURN(const int null, DevNull());
  const int lowest = FirstFreeNumber(moves);
  const int needed = lowest + static_cast<int>(moves.size()) + 2;
  ASSIGN_OR_RETURN(*report_fd, DuplicateAbove(*report_fd, lowest, needed));
  if (*executable_fd >= 0) {
    ASSIGN_OR_RETURN(*executable_fd, DuplicateAbove(*executable_fd, lowest, needed));
  }
  for (DescriptorMove& move : moves) {
    const int from = move.from < 0 ? null : move.from;
    ASSIGN_OR_RETURN(move.from, DuplicateAbove(from, lowest, needed));
  }
  // Our own descriptors are close-on-exec anyway; those of a library or of our parent may not be. A
  // kernel before 5.11 does not know the flag; there they stay open.
  syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  for (const DescriptorMove& move : moves) RETURN_IF_ERROR(PassAs(move.from, move.to));
  return absl::OkStatus();
}

void ResetSignals() {
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  // Fails for SIGKILL, SIGSTOP and the two signals that the C library keeps for itself, as it
  // should.
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& s : strings) pointers.push_back(s.data());
  pointers.push_back(nullptr);
  return pointers;
}

absl::Status Execute(const LaunchSpec& spec, const ChildSetup& setup, int executable_fd) {
  if (executable_fd < 0) {
    execve(spec.path.c_str(), setup.argv(), setup.environment());
    return ErrnoStatus(errno, "execve " + spec.path);
  }
  const auto execute = [&] {
    syscall(SYS_execveat, executable_fd, "", setup.argv(), setup.environment(), AT_EMPTY_PATH);
  };
  execute();
  if (errno == ENOENT) {
    // A script. Its interpreter opens /dev/fd/N, so the descriptor must outlive the exec: BUGS of
    // execveat(2).
    fcntl(executable_fd, F_SETFD, 0);
    execute();
  }
  return ErrnoStatus(errno, absl::StrCat("execveat ", spec.path));
}

absl::Status Become(const LaunchSpec& spec, ChildSetup& setup, int* report_fd) {
  if (spec.new_session && setsid() < 0) return ErrnoStatus(errno, "setsid");
  if (!spec.new_session && spec.new_process_group && setpgid(0, 0) != 0) {
    return ErrnoStatus(errno, "setpgid");
  }
  int executable_fd = spec.executable_fd;
  RETURN_IF_ERROR(PlaceDescriptors(setup.moves(), report_fd, &executable_fd));
  if (!spec.directory.empty() && chdir(spec.directory.c_str()) != 0) {
    return ErrnoStatus(errno, "chdir " + spec.directory);
  }
  RestoreDescriptorLimit();
  RETURN_IF_ERROR(ApplyResources(spec.settings));
  if (spec.before_exec) RETURN_IF_ERROR(spec.before_exec());
  RETURN_IF_ERROR(ApplyCredentials(spec.settings));
  ResetSignals();
  setup.WritePid();
  return Execute(spec, setup, executable_fd);
}

}  // namespace

absl::Status PassAs(int fd, int number) {
  // dup2 of a descriptor to itself would leave it close-on-exec.
  const int result = fd == number ? fcntl(fd, F_SETFD, 0) : dup2(fd, number);
  if (result < 0) return ErrnoStatus(errno, absl::StrCat("dup2 to descriptor ", number));
  return absl::OkStatus();
}

ChildSetup::ChildSetup(const LaunchSpec& spec)
    : argv_strings_(spec.argv), environment_strings_(spec.environment), moves_(MovesOf(spec)) {
  for (const std::string& name : spec.pid_variables) {
    pid_places_.push_back({environment_strings_.size(), name.size() + 1});
    environment_strings_.push_back(absl::StrCat(name, "=", std::string(kPidDigits, '\0')));
  }
  argv_ = Pointers(argv_strings_);
  environment_ = Pointers(environment_strings_);
}

void ChildSetup::WritePid() {
  for (const auto& [variable, offset] : pid_places_) {
    char* const place = environment_[variable] + offset;
    std::to_chars(place, place + kPidDigits, getpid());
  }
}

void BecomeChild(const LaunchSpec& spec, ChildSetup& setup, int report_fd) {
  const std::string report = EncodeReport(Become(spec, setup, &report_fd));
  // Short enough for one write to a pipe. If that fails, there is no other way to tell.
  [[maybe_unused]] const ssize_t n = write(report_fd, report.data(), report.size());
}

absl::Status DecodeReport(const std::string& report) {
  return absl::Status(static_cast<absl::StatusCode>(report[0]), report.substr(1));
}

}  // namespace rollport::os
