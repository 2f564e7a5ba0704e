#include "controller/generation.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "controller/program.h"
#include "os/errno_status.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // since Linux 6.3, memfd_create(2)
#endif

namespace rollport::controller {
namespace {

// The same file, and not written to since: ctime cannot be set back by anybody.
bool SameFile(const struct stat& a, const struct stat& b) {
  const auto same_time = [](const timespec& x, const timespec& y) {
    return x.tv_sec == y.tv_sec && x.tv_nsec == y.tv_nsec;
  };
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         same_time(a.st_mtim, b.st_mtim) && same_time(a.st_ctim, b.st_ctim);
}

// True where `file` changed so lately that another change may get the same ctime: file systems note
// the time of the kernel's last tick, at least 100 a second.
bool JustChanged(const struct stat& file) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const absl::Duration age = absl::TimeFromTimespec(now) - absl::TimeFromTimespec(file.st_ctim);
  return age < absl::Milliseconds(50);
}

absl::StatusOr<os::UniqueFd> MakeMemfd(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string().substr(0, 200);
  int fd = memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  // Kernels before 6.3 do not know the flag, and let every memfd be executed.
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return os::ErrnoStatus(errno, absl::StrCat("memfd_create for ", path));
  return os::UniqueFd(fd);
}

// By sendfile and not by a mapping: a mapped file that is truncated kills us with SIGBUS.
absl::Status CopyBytes(int from, int to, off_t size, const std::string& path) {
  off_t offset = 0;
  while (offset < size) {
    const ssize_t n = sendfile(to, from, &offset, static_cast<size_t>(size - offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return os::ErrnoStatus(errno, absl::StrCat("copy of ", path));
    if (n == 0) return absl::AbortedError(absl::StrCat(path, ": changed while it was read"));
  }
  return absl::OkStatus();
}

bool IsOfProtocol(absl::string_view variable) {
  return absl::StartsWith(variable, "NOTIFY_SOCKET=") || absl::StartsWith(variable, "LISTEN_") ||
         absl::StartsWith(variable, "WATCHDOG_") || absl::StartsWith(variable, "ROLLPORT_");
}

}  // namespace

absl::StatusOr<Generation> Generation::Take(GenerationId id, std::vector<std::string> command,
                                            std::map<std::string, std::string> env,
                                            std::string directory) {
  RP_CHECK(!command.empty(), "a generation without a command");
  Generation generation;
  generation.id_ = id;
  generation.command_ = std::move(command);
  generation.env_ = std::move(env);
  generation.directory_ = std::move(directory);
  ASSIGN_OR_RETURN(generation.path_, ResolveProgram(generation.command_[0], generation.directory_));
  RETURN_IF_ERROR(generation.TakeBytes());
  return generation;
}

absl::Status Generation::TakeBytes() {
  const os::UniqueFd file(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    // A program may be executable and not readable.
    if (errno != EACCES) return os::ErrnoStatus(errno, absl::StrCat("open ", path_));
    not_kept_ = absl::StrCat(path_, " is not readable: only the command is kept");
    if (stat(path_.c_str(), &noted_) != 0) return os::ErrnoStatus(errno, path_);
    return absl::OkStatus();
  }
  if (fstat(file.get(), &noted_) != 0) return os::ErrnoStatus(errno, absl::StrCat("stat ", path_));
  char start[2] = {};
  if (pread(file.get(), start, sizeof start, 0) == 2 && memcmp(start, "#!", 2) == 0) {
    not_kept_ = absl::StrCat(path_, " is a script: only the command is kept, not its text");
    return absl::OkStatus();
  }
  absl::StatusOr<os::UniqueFd> memfd = MakeMemfd(path_);
  if (!memfd.ok()) {
    // A sandbox may forbid it (vm.memfd_noexec); the fleet works without.
    not_kept_ = absl::StrCat(memfd.status().message(), ": only the command is kept");
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(CopyBytes(file.get(), memfd->get(), noted_.st_size, path_));
  struct stat after;
  if (fstat(file.get(), &after) != 0 || !SameFile(noted_, after)) {
    return absl::AbortedError(absl::StrCat(path_, ": changed while it was read"));
  }
  trust_path_ = !JustChanged(noted_);
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (fcntl(memfd->get(), F_ADD_SEALS, kSeals) != 0) {
    return os::ErrnoStatus(errno, absl::StrCat("seal the copy of ", path_));
  }
  bytes_ = *std::move(memfd);
  return absl::OkStatus();
}

Generation::Program Generation::ToExecute() const {
  struct stat now;
  // By its path where that is possible: then ps(1) and /proc show the program by its name.
  if (!bytes_.valid()) return {path_, -1};
  if (trust_path_ && stat(path_.c_str(), &now) == 0 && SameFile(noted_, now)) return {path_, -1};
  return {path_, bytes_.get()};
}

std::vector<std::string> WorkerEnvironment(const std::map<std::string, std::string>& env,
                                           const std::map<std::string, std::string>& protocol) {
  std::map<std::string, std::string> all = protocol;
  all.insert(env.begin(), env.end());
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (!IsOfProtocol(text) && all.count(text.substr(0, text.find('='))) == 0) {
      variables.push_back(text);
    }
  }
  for (const auto& [name, value] : all) variables.push_back(absl::StrCat(name, "=", value));
  return variables;
}

}  // namespace rollport::controller
