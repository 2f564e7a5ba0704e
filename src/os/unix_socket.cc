#include "os/unix_socket.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "os/errno_status.h"

namespace rollport::os {
namespace {

absl::StatusOr<UniqueFd> StreamSocket(const std::string& path) {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return ErrnoStatus(errno, "socket for " + path);
  return fd;
}

}  // namespace

absl::StatusOr<socklen_t> UnixSockaddr(const std::string& path, sockaddr_un* out) {
  std::memset(out, 0, sizeof *out);
  out->sun_family = AF_UNIX;
  // One byte is left for the terminating zero of a path.
  if (path.empty() || path.size() >= sizeof out->sun_path || path.find('\0') != path.npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("bad socket path \"", path, "\": it has ", path.size(), " bytes; 1 to ",
                     sizeof out->sun_path - 1, " are allowed, none of them zero"));
  }
  std::memcpy(out->sun_path, path.data(), path.size());
  const bool abstract = path[0] == '@';
  if (abstract) out->sun_path[0] = '\0';
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1));
}

absl::StatusOr<UniqueFd> ListenUnix(const std::string& path, int backlog) {
  sockaddr_un address;
  ASSIGN_OR_RETURN(const socklen_t length, UnixSockaddr(path, &address));
  ASSIGN_OR_RETURN(UniqueFd fd, StreamSocket(path));
  // The file takes its mode from the socket, less the umask (unix_bind_bsd in net/unix/af_unix.c),
  // so that other users can connect at no moment.
  if (fchmod(fd.get(), 0600) != 0) return ErrnoStatus(errno, "fchmod of the socket for " + path);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    return ErrnoStatus(errno, "bind on " + path);
  }
  if (listen(fd.get(), backlog) != 0) return ErrnoStatus(errno, "listen on " + path);
  return fd;
}

absl::StatusOr<UniqueFd> ConnectUnix(const std::string& path) {
  sockaddr_un address;
  ASSIGN_OR_RETURN(const socklen_t length, UnixSockaddr(path, &address));
  ASSIGN_OR_RETURN(UniqueFd fd, StreamSocket(path));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    if (errno == EAGAIN) return absl::ResourceExhaustedError("connect to " + path + ": busy");
    return ErrnoStatus(errno, "connect to " + path);
  }
  return fd;
}

absl::StatusOr<ucred> PeerCredentials(int fd) {
  ucred credentials = {};
  socklen_t length = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    return ErrnoStatus(errno, absl::StrCat("getsockopt SO_PEERCRED on descriptor ", fd));
  }
  return credentials;
}

}  // namespace rollport::os
