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
// nothing where that is unset or empty. Waits at most `patience` where the
// manager's queue is full.
absl::Status Notify(std::string_view text, absl::Duration patience = absl::Seconds(1));

struct NotifyMessage {
  // As the kernel vouches for them; pid 0 where the sender is in a pid namespace we cannot see.
  pid_t pid = 0;
  uid_t uid = 0;
  // In the order they were sent. A line without '=' is left out.
  std::vector<std::pair<std::string, std::string>> fields;
  // What was passed along; closed with the message (which is what BARRIER=1 waits for).
  std::vector<UniqueFd> fds;

  // The value of the last field with this key.
  std::optional<std::string_view> Get(std::string_view key) const;
};

// The manager's end: a datagram socket at `path`, mode 0600. Removes the file when it goes.
class NotifySocket {
 public:
  // Removes a file that is in the way. REQUIRES: `path` is in a directory that is ours alone.
  static absl::StatusOr<NotifySocket> Create(std::string path);
  NotifySocket(NotifySocket&&) noexcept = default;
  NotifySocket& operator=(NotifySocket&&) = delete;
  ~NotifySocket();

  // Readable when a message waits.
  int fd() const { return fd_.get(); }
  // The value for $NOTIFY_SOCKET.
  const std::string& path() const { return path_; }

  // The next message, or nullopt where none waits. A datagram of more than 16 KiB is dropped.
  absl::StatusOr<std::optional<NotifyMessage>> Read();

 private:
  NotifySocket(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
};

}  // namespace rollport::os

#endif  // ROLLPORT_OS_NOTIFY_SOCKET_H_
