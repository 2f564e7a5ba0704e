// The folder where one fleet's controller keeps its lock and its control socket.
//
// The lock ensures that a fleet has at most one controller: a lock of the open file description
// (F_OFD_SETLK, fcntl(2)) on controller.lock, which the kernel releases however the controller
// ends. The file holds the controller's pid, "file " and its fleet file, then the folders that it
// has made, one a line.
#ifndef ROLLPORT_CONTROLLER_RECORD_STATE_DIR_H_
#define ROLLPORT_CONTROLLER_RECORD_STATE_DIR_H_

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "os/unique_fd.h"

namespace rollport::controller {

class StateDir {
 public:
  // Makes the folder (0700) and the missing ones above it, and takes the lock, for a controller of
  // this fleet file. Waits up to a second for a lock that is held. Errors:
  //   kAlreadyExists: another controller holds it: "/srv/site/fleet.toml is already run by process
  //     4711 (lock /run/rollport/site/controller.lock)"
  //   kPermissionDenied: the folder belongs to another user, or others may write to it
  // or those of the system calls.
  static absl::StatusOr<StateDir> Open(const std::string& path, const std::string& file);

  StateDir(StateDir&&) noexcept = default;
  StateDir& operator=(StateDir&&) = delete;
  // Removes what this controller made: the socket, the lock, and the folders, if nothing else is
  // left in them.
  ~StateDir();

  const std::string& path() const { return path_; }
  // Makes the control socket, mode 0600, and listens on it. Replaces the socket of a controller
  // that has died: because we hold the lock, no process listens on it.
  absl::StatusOr<os::UniqueFd> ListenControl();

  // True while the lock and the control socket are where they were made.
  bool Intact() const;
  // Makes the folder and takes the lock again, if they have been removed. The caller then calls
  // ListenControl() again. Errors as of Open.
  absl::Status Restore();

 private:
  // What a path led to when it was made.
  struct Place {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  static Place PlaceOf(const std::string& path);

  StateDir(std::string path, std::string file) : path_(std::move(path)), file_(std::move(file)) {}
  absl::Status Make();
  absl::Status Lock();
  void InheritFolders();
  absl::Status TakeLock(bool* again);

  std::string path_;
  std::string file_;
  std::vector<std::string> made_;  // folders, outermost first
  os::UniqueFd lock_;
  Place lock_place_;
  Place socket_place_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_RECORD_STATE_DIR_H_
