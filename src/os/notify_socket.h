// Both ends of sd_notify(3): a datagram of KEY=VALUE lines from a process to its manager.
#ifndef ROLLPORT_OS_NOTIFY_SOCKET_H_
#define ROLLPORT_OS_NOTIFY_SOCKET_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "os/unique_fd.h"

namespace rollport::os {

// The variable that names the socket.
inline constexpr char kNotifyVariable[] = "NOTIFY_SOCKET";

// Sends `text`, such as "READY=1\nSTATUS=warm", to $NOTIFY_SOCKET ('@' in front: abstract). Does
// nothing if that is unset or empty. Waits at most `patience` if the manager's queue is full.
// Errors: "sendto PATH: No such file or directory".
absl::Status Notify(std::string_view text, absl::Duration patience = absl::Seconds(1));

struct NotifyMessage {
  // From the kernel, not from the sender. pid is 0 if the sender is in a pid namespace that this
  // process cannot see.
  pid_t pid = 0;
  uid_t uid = 0;
  // In the order they were sent. A line without '=' is left out.
  std::vector<std::pair<std::string, std::string>> fields;

  // The value of the last field with this key; nullopt if there is none.
  std::optional<std::string_view> Get(std::string_view key) const;
};

// The manager's end: a datagram socket at `path`, mode 0600. Removes the file when it is destroyed.
//
// Takes no descriptors, so that none can hold the manager up (os/foreign_rights.h). Since
// Linux 6.16 a message with one cannot be sent at all; so sd_notify_barrier(3) fails there with
// EPERM, and before that it returns as soon as the message has been read.
class NotifySocket {
 public:
  // Removes a file that is at `path` already. The file belongs to `owner` if that is given, so that
  // only processes of this user and root can send. Anyone can send to an abstract name. REQUIRES:
  // only this user may write to its directory.
  static absl::StatusOr<NotifySocket> Create(std::string path,
                                             std::optional<uid_t> owner = std::nullopt);
  NotifySocket(NotifySocket&&) noexcept = default;
  NotifySocket& operator=(NotifySocket&&) = delete;
  ~NotifySocket();

  // Borrowed. Readable when a message waits.
  int fd() const { return fd_.get(); }
  // The value for $NOTIFY_SOCKET.
  const std::string& path() const { return path_; }

  // The next message, or nullopt if none waits. Of a datagram of more than 16 KiB no field is
  // read.
  absl::StatusOr<std::optional<NotifyMessage>> Read();

 private:
  NotifySocket(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
};

}  // namespace rollport::os

#endif  // ROLLPORT_OS_NOTIFY_SOCKET_H_
