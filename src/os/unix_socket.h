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

// Fills `out` for `path`; '@' in front means the abstract name space: unix(7). The length that bind
// and connect want, or an error where the path is empty or longer than the 107 bytes there are.
absl::StatusOr<socklen_t> UnixSockaddr(const std::string& path, sockaddr_un* out);

// Listens at `path`, a file of mode 0600 from its first moment. An error where the file exists,
// "bind on PATH: Address already in use": whoever knows that it is stale removes it first. The file
// stays when the socket is closed.
absl::StatusOr<UniqueFd> ListenUnix(const std::string& path, int backlog);

// "connect to PATH: No such file or directory" (nobody has listened), "…: Connection refused"
// (nobody does any more).
absl::StatusOr<UniqueFd> ConnectUnix(const std::string& path);

// Who made the other end: SO_PEERCRED of unix(7).
absl::StatusOr<ucred> PeerCredentials(int fd);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_UNIX_SOCKET_H_
