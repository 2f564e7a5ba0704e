#include "controller/process/generation.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "fleet_file/executable.h"
#include "os/errno_status.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // since Linux 6.3, memfd_create(2)
#endif

namespace rollport::controller {
namespace {

int64_t Nanos(const timespec& t) { return t.tv_sec * int64_t{1'000'000'000} + t.tv_nsec; }

FileIdentity Identity(const struct stat& st) {
  return {.device = st.st_dev,
          .inode = st.st_ino,
          .size = st.st_size,
          .mtime = Nanos(st.st_mtim),
          .ctime = Nanos(st.st_ctim)};
}

// nullopt if there is no such file.
std::optional<FileIdentity> IdentityAt(const std::string& path) {
  struct stat st;
  return stat(path.c_str(), &st) == 0 ? std::optional(Identity(st)) : std::nullopt;
}

std::optional<FileIdentity> IdentityOf(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 ? std::optional(Identity(st)) : std::nullopt;
}

// True if `file` changed so lately that another change may get the same ctime: file systems note
// the time of the kernel's last tick, of which there are at least 100 a second.
bool JustChanged(const FileIdentity& file) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const absl::Duration age = absl::Nanoseconds(Nanos(now) - file.ctime);
  return age < absl::Milliseconds(50);
}

absl::StatusOr<os::UniqueFd> MakeMemfd(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string().substr(0, 200);
  int fd = memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  // Kernels before 6.3 do not know the flag, and allow every memfd to be executed.
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return os::ErrnoStatus(errno, absl::StrCat("memfd_create for ", path));
  return os::UniqueFd(fd);
}

// By sendfile, not by a mapping: reading a mapped file that is truncated meanwhile raises SIGBUS.
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

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

absl::Status Seal(int memfd, const std::string& path) {
  if (fcntl(memfd, F_ADD_SEALS, kSeals) == 0) return absl::OkStatus();
  return os::ErrnoStatus(errno, absl::StrCat("seal the copy of ", path));
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
  ASSIGN_OR_RETURN(generation.path_,
                   fleet_file::ResolveExecutable(generation.command_[0], generation.directory_));
  RETURN_IF_ERROR(generation.TakeBytes());
  return generation;
}

absl::Status Generation::TakeBytes() {
  const os::UniqueFd file(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    // A file may be executable without being readable.
    if (errno != EACCES) return os::ErrnoStatus(errno, absl::StrCat("open ", path_));
    not_kept_ = absl::StrCat(path_, " is not readable: only the command is kept");
    const auto there = IdentityAt(path_);
    if (!there.has_value()) return os::ErrnoStatus(errno, path_);
    noted_ = *there;
    return absl::OkStatus();
  }
  const auto before = IdentityOf(file.get());
  if (!before.has_value()) return os::ErrnoStatus(errno, absl::StrCat("stat ", path_));
  noted_ = *before;
  char start[2] = {};
  if (pread(file.get(), start, sizeof start, 0) == 2 && memcmp(start, "#!", 2) == 0) {
    not_kept_ = absl::StrCat(path_, " is a script: only the command is kept, not its text");
    return absl::OkStatus();
  }
  absl::StatusOr<os::UniqueFd> memfd = MakeMemfd(path_);
  if (!memfd.ok()) {
    // A sandbox may forbid it (vm.memfd_noexec); the fleet works without it.
    not_kept_ = absl::StrCat(memfd.status().message(), ": only the command is kept");
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(CopyBytes(file.get(), memfd->get(), noted_.size, path_));
  if (IdentityOf(file.get()) != noted_) {
    return absl::AbortedError(absl::StrCat(path_, ": changed while it was read"));
  }
  trust_path_ = !JustChanged(noted_);
  RETURN_IF_ERROR(Seal(memfd->get(), path_));
  bytes_ = *std::move(memfd);
  return absl::OkStatus();
}

Generation::Executable Generation::ToExecute() const {
  // By its path if possible: then ps(1) and /proc show the worker under the file's name.
  if (!bytes_.valid()) return {path_, -1};
  if (trust_path_ && IdentityAt(path_) == noted_) return {path_, -1};
  return {path_, bytes_.get()};
}

GenerationMemo Generation::Memo() const {
  return {
      .number = id_.value(),
      .command = command_,
      .env = env_,
      .directory = directory_,
      .path = path_,
      .not_kept = not_kept_,
      .file = noted_,
      .trust_path = trust_path_,
      .bytes = bytes_.valid() ? IdentityOf(bytes_.get()).value_or(FileIdentity()) : FileIdentity()};
}

Generation Generation::Restore(const GenerationMemo& memo, const std::vector<pid_t>& running) {
  Generation generation;
  generation.id_ = GenerationId(memo.number);
  generation.command_ = memo.command;
  generation.env_ = memo.env;
  generation.directory_ = memo.directory;
  generation.path_ = memo.path;
  generation.not_kept_ = memo.not_kept;
  generation.noted_ = memo.file;
  generation.trust_path_ = memo.trust_path;
  if (!memo.not_kept.empty()) return generation;
  for (const pid_t pid : running) {
    if (generation.RestoreBytes(memo.bytes, absl::StrCat("/proc/", pid, "/exe"))) return generation;
  }
  const bool unchanged = memo.trust_path && IdentityAt(memo.path) == memo.file;
  if (unchanged && generation.RestoreBytes(memo.bytes, memo.path)) return generation;
  generation.not_kept_ = "its bytes went with the controller that kept them";
  return generation;
}

// A file that a worker of the generation executes cannot have been written to since (ETXTBSY), and
// no other file gets its inode while it is executed. Only its ctime changes, if it is deleted.
bool Generation::RestoreBytes(const FileIdentity& bytes, const std::string& executable) {
  os::UniqueFd file(open(executable.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return false;
  const FileIdentity there = IdentityOf(file.get()).value_or(FileIdentity());
  // The former controller's copy: it is sealed, so it can be kept as it is.
  const bool is_copy = there.device == bytes.device && there.inode == bytes.inode;
  if (is_copy && fcntl(file.get(), F_GET_SEALS) == kSeals) {
    bytes_ = std::move(file);
    return true;
  }
  FileIdentity taken = noted_;
  taken.ctime = there.ctime;
  if (there != taken) return false;
  absl::StatusOr<os::UniqueFd> memfd = MakeMemfd(path_);
  if (!memfd.ok() || !CopyBytes(file.get(), memfd->get(), there.size, path_).ok() ||
      !Seal(memfd->get(), path_).ok()) {
    return false;
  }
  bytes_ = *std::move(memfd);
  return true;
}

}  // namespace rollport::controller
