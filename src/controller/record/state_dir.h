// The folder where one fleet's controller keeps its lock and its control socket.
//
// The lock is what makes a controller the only one of its fleet: a lock of the open file
// description (F_OFD_SETLK, fcntl(2)) on controller.lock, which the kernel takes back however the
// controller ends. The file holds its pid, and the folders that it has made, a line each.
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
  // Makes the folder (0700) and those above it that are missing, and takes the lock. Errors:
  //   kAlreadyExists: another controller holds it: "fleet "site" is already run by process 4711
  //     (lock /run/rollport/site/controller.lock)"
  //   kPermissionDenied: the folder belongs to another user, or others may write to it
  // or those of the system calls.
  static absl::StatusOr<StateDir> Open(const std::string& path, const std::string& fleet);

  StateDir(StateDir&&) noexcept = default;
  StateDir& operator=(StateDir&&) = delete;
  // Removes what this controller made: the socket, the lock, and those folders that it made and
  // in which nothing else is left.
  ~StateDir();

  const std::string& path() const { return path_; }
  // Listens there, mode 0600. The socket of a controller that has died is replaced: holding the
  // lock proves that nobody listens on it.
  absl::StatusOr<os::UniqueFd> ListenControl();

  // True while the lock and the control socket are where they were made.
  bool Intact() const;
  // Makes the folder and takes the lock again, where somebody has removed them; the control socket
  // is then to be listened on anew. Errors as of Open.
  absl::Status Restore();

 private:
  // What a path led to when it was made.
  struct Place {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  static Place PlaceOf(const std::string& path);

  StateDir(std::string path, std::string fleet)
      : path_(std::move(path)), fleet_(std::move(fleet)) {}
  absl::Status Make();
  absl::Status Lock();
  void InheritFolders();
  absl::Status TakeLock(bool* again);

  std::string path_;
  std::string fleet_;
  std::vector<std::string> made_;  // folders, outermost first
  os::UniqueFd lock_;
  Place lock_place_;
  Place socket_place_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_RECORD_STATE_DIR_H_
