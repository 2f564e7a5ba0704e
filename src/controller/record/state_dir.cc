#include "controller/record/state_dir.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/instant.h"
#include "base/status_macros.h"
#include "fleet_file/state_paths.h"
#include "os/errno_status.h"
#include "os/event_loop.h"
#include "os/unix_socket.h"

namespace rollport::controller {
namespace {

constexpr int kControlBacklog = 64;
// Of a controller that was killed a child may be left that has not executed its own file yet, and
// holds the lock until then.
constexpr absl::Duration kLockPatience = absl::Seconds(1);
constexpr absl::Duration kLockPause = absl::Milliseconds(10);
constexpr absl::string_view kFileLine = "file ";

std::string LockPath(const std::string& state_dir) {
  return absl::StrCat(state_dir, "/controller.lock");
}

// Makes `path` and the missing folders above it, mode 0700, and adds each that it makes to `made`.
absl::Status MakeFolders(const std::string& path, std::vector<std::string>* made) {
  for (size_t slash = path.find('/', 1); true; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (mkdir(folder.c_str(), 0700) == 0) {
      made->push_back(folder);
    } else if (errno != EEXIST) {
      return os::ErrnoStatus(errno, absl::StrCat("mkdir ", folder));
    }
    if (slash == std::string::npos) return absl::OkStatus();
  }
}

// A user who may write to the folder can put another socket in the place of ours.
absl::Status CheckOwner(const std::string& path) {
  struct stat st;
  if (stat(path.c_str(), &st) != 0) return os::ErrnoStatus(errno, absl::StrCat("stat ", path));
  if (!S_ISDIR(st.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat("state_dir ", path, " is not a folder"));
  }
  if (st.st_uid != geteuid()) {
    return absl::PermissionDeniedError(
        absl::StrCat("state_dir ", path, " belongs to user ", st.st_uid, ", not to ", geteuid()));
  }
  if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("state_dir ", path, " can be written to by others (chmod go-w)"));
  }
  // The owner of the folder around it, such as one in /tmp, could replace our folder.
  const std::string around = path.substr(0, std::max<size_t>(path.rfind('/'), 1));
  if (stat(around.c_str(), &st) != 0) return os::ErrnoStatus(errno, absl::StrCat("stat ", around));
  if (st.st_uid != geteuid() && st.st_uid != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("the folder around state_dir, ", around, ", belongs to user ", st.st_uid));
  }
  return absl::OkStatus();
}

std::vector<std::string> LinesOf(int lock) {
  std::string text(PATH_MAX * 3, '\0');
  const ssize_t n = pread(lock, text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

// What to say to a controller of `file` that finds the lock taken.
std::string AlreadyRun(const std::string& file, int lock) {
  const std::vector<std::string> lines = LinesOf(lock);
  // The holder may not have written anything yet.
  const std::string who = lines.empty() ? "another process" : absl::StrCat("process ", lines[0]);
  const std::string theirs = lines.size() > 1 && absl::StartsWith(lines[1], kFileLine)
                                 ? lines[1].substr(kFileLine.size())
                                 : file;
  return absl::StrCat(theirs, " is already run by ", who,
                      theirs == file ? ""
                                     : absl::StrCat(" in the same state_dir as ", file,
                                                    "; give one of them another \"name\" or "
                                                    "\"state_dir\""));
}

}  // namespace

absl::StatusOr<StateDir> StateDir::Open(const std::string& path, const std::string& file) {
  StateDir dir(path, file);
  const Instant end = os::EventLoop::ReadNow() + kLockPatience;
  absl::Status status = dir.Make();
  while (absl::IsAlreadyExists(status) && os::EventLoop::ReadNow() < end) {
    absl::SleepFor(kLockPause);
    status = dir.Make();
  }
  RETURN_IF_ERROR(status);
  return dir;
}

absl::Status StateDir::Make() {
  RETURN_IF_ERROR(MakeFolders(path_, &made_));
  RETURN_IF_ERROR(CheckOwner(path_));
  return Lock();
}

StateDir::Place StateDir::PlaceOf(const std::string& path) {
  struct stat st;
  if (stat(path.c_str(), &st) != 0) return {};
  return {st.st_dev, st.st_ino};
}

bool StateDir::Intact() const {
  return PlaceOf(LockPath(path_)) == lock_place_ &&
         PlaceOf(fleet_file::ControlSocketPath(path_)) == socket_place_;
}

absl::Status StateDir::Restore() {
  // If the lock's file is in its place we still hold the lock, and could not take it again.
  return PlaceOf(LockPath(path_)) == lock_place_ ? absl::OkStatus() : Make();
}

absl::Status StateDir::Lock() {
  bool again = true;
  while (again) RETURN_IF_ERROR(TakeLock(&again));
  InheritFolders();
  const std::string text =
      absl::StrCat(getpid(), "\n", kFileLine, file_, "\n", absl::StrJoin(made_, "\n"), "\n");
  if (ftruncate(lock_.get(), 0) != 0 ||
      pwrite(lock_.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return os::ErrnoStatus(errno, absl::StrCat("write ", LockPath(path_)));
  }
  return absl::OkStatus();
}

// We also remove what a controller that died had made.
void StateDir::InheritFolders() {
  std::vector<std::string> lines = LinesOf(lock_.get());
  // Only our own folder and those above it; the first lines are a pid and the fleet file.
  std::erase_if(lines, [this](const std::string& line) {
    return !absl::StartsWith(absl::StrCat(path_, "/"), absl::StrCat(line, "/")) || line[0] != '/' ||
           std::find(made_.begin(), made_.end(), line) != made_.end();
  });
  made_.insert(made_.begin(), lines.begin(), lines.end());
}

absl::Status StateDir::TakeLock(bool* again) {
  const std::string path = LockPath(path_);
  os::UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return os::ErrnoStatus(errno, absl::StrCat("open ", path));
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(fd.get(), F_OFD_SETLK, &whole) != 0) {
    if (errno != EAGAIN && errno != EACCES) {
      return os::ErrnoStatus(errno, absl::StrCat("lock ", path));
    }
    return absl::AlreadyExistsError(
        absl::StrCat(AlreadyRun(file_, fd.get()), " (lock ", path, ")"));
  }
  // A controller that ends removes the file, and a lock on a removed file locks nothing.
  struct stat ours, there;
  *again = fstat(fd.get(), &ours) != 0 || stat(path.c_str(), &there) != 0 ||
           ours.st_dev != there.st_dev || ours.st_ino != there.st_ino;
  if (*again) return absl::OkStatus();
  lock_ = std::move(fd);
  lock_place_ = {ours.st_dev, ours.st_ino};
  return absl::OkStatus();
}

StateDir::~StateDir() {
  if (path_.empty()) return;
  // Not the files of another controller that came after ours had been removed. The lock's file is
  // removed before the lock is released; see TakeLock.
  if (lock_.valid() && PlaceOf(LockPath(path_)) == lock_place_) {
    unlink(fleet_file::ControlSocketPath(path_).c_str());
    unlink(LockPath(path_).c_str());
  }
  // Fails if something else is left in the folder, which is then not ours to remove.
  for (auto it = made_.rbegin(); it != made_.rend(); ++it) rmdir(it->c_str());
}

absl::StatusOr<os::UniqueFd> StateDir::ListenControl() {
  const std::string path = fleet_file::ControlSocketPath(path_);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return os::ErrnoStatus(errno, absl::StrCat("remove ", path));
  }
  ASSIGN_OR_RETURN(os::UniqueFd listener, os::ListenUnix(path, kControlBacklog));
  socket_place_ = PlaceOf(path);
  return listener;
}

}  // namespace rollport::controller
