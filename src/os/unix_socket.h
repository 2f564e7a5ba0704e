// Stream sockets at a path of the file system, for the control API. Non-blocking, close-on-exec.
#ifndef ROLLPORT_OS_UNIX_SOCKET_H_
#define ROLLPORT_OS_UNIX_SOCKET_H_

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "os/unique_fd.h"

namespace rollport::os {

// Fills `out` for `path`; '@' in front means the abstract name space: unix(7). Returns the length
// to pass to bind(2) and connect(2), or kInvalidArgument if the path is empty or longer than 107
// bytes.
absl::StatusOr<socklen_t> UnixSockaddr(const std::string& path, sockaddr_un* out);

// Listens at `path`, a file that has mode 0600 from its first moment. An error if the file exists,
// "bind on PATH: Address already in use": a caller that knows the file to be stale removes it
// first. The file stays when the socket is closed.
absl::StatusOr<UniqueFd> ListenUnix(const std::string& path, int backlog);

// Errors: "connect to PATH: No such file or directory" (no process has listened there), "…:
// Connection refused" (no process listens any more), and kResourceExhausted "…: busy" if the
// listener's queue is full: connect(2) never waits on a socket that does not block.
absl::StatusOr<UniqueFd> ConnectUnix(const std::string& path);

// The process, user and group that made the other end: SO_PEERCRED of unix(7).
absl::StatusOr<ucred> PeerCredentials(int fd);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_UNIX_SOCKET_H_
