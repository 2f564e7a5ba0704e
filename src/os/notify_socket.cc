#include "os/notify_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "os/errno_status.h"
#include "os/foreign_rights.h"
#include "os/unix_socket.h"

namespace rollport::os {
namespace {

constexpr size_t kMaxDatagram = 16 << 10;

void TakeCredentials(msghdr* header, NotifyMessage* message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(header); c != nullptr; c = CMSG_NXTHDR(header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS) continue;
    if (c->cmsg_len < CMSG_LEN(sizeof(ucred))) continue;
    ucred credentials;
    std::memcpy(&credentials, CMSG_DATA(c), sizeof credentials);
    message->pid = credentials.pid;
    message->uid = credentials.uid;
  }
}

void ReadFields(absl::string_view text, NotifyMessage* message) {
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const size_t equals = line.find('=');
    if (equals == line.npos || equals == 0) continue;
    message->fields.emplace_back(std::string(line.substr(0, equals)),
                                 std::string(line.substr(equals + 1)));
  }
}

}  // namespace

absl::Status Notify(std::string_view text, absl::Duration patience) {
  const char* path = std::getenv(kNotifyVariable);
  if (path == nullptr || *path == '\0') return absl::OkStatus();
  sockaddr_un address;
  ASSIGN_OR_RETURN(const socklen_t length, UnixSockaddr(path, &address));
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return ErrnoStatus(errno, absl::StrCat("socket for ", path));
  const timeval limit = absl::ToTimeval(patience);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  ssize_t n;
  do {
    n = sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), length);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return ErrnoStatus(errno, absl::StrCat("sendto ", path));
  return absl::OkStatus();
}

std::optional<std::string_view> NotifyMessage::Get(std::string_view key) const {
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (field->first == key) return field->second;
  }
  return std::nullopt;
}

absl::StatusOr<NotifySocket> NotifySocket::Create(std::string path, std::optional<uid_t> owner) {
  sockaddr_un address;
  ASSIGN_OR_RETURN(const socklen_t length, UnixSockaddr(path, &address));
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return ErrnoStatus(errno, "socket for " + path);
  const int one = 1;
  if (setsockopt(fd.get(), SOL_SOCKET, SO_PASSCRED, &one, sizeof one) != 0) {
    return ErrnoStatus(errno, "setsockopt SO_PASSCRED on " + path);
  }
  RefuseRights(fd.get());
  // As in ListenUnix: the file has this mode from its first moment.
  if (fchmod(fd.get(), 0600) != 0) return ErrnoStatus(errno, "fchmod of the socket for " + path);
  if (path[0] != '@') unlink(path.c_str());
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    return ErrnoStatus(errno, "bind on " + path);
  }
  if (path[0] != '@' && owner.has_value() && lchown(path.c_str(), *owner, -1) != 0) {
    return ErrnoStatus(errno, "chown of " + path);
  }
  return NotifySocket(std::move(fd), std::move(path));
}

NotifySocket::~NotifySocket() {
  if (!fd_.valid()) return;
  if (path_[0] != '@') unlink(path_.c_str());
  CloseWithRights(std::move(fd_));
}

absl::StatusOr<std::optional<NotifyMessage>> NotifySocket::Read() {
  char data[kMaxDatagram];
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
  iovec piece = {.iov_base = data, .iov_len = sizeof data};
  msghdr header = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  const ssize_t n = ReceiveWithoutRights(fd_.get(), &header);
  if (n < 0 && errno == EAGAIN) return std::nullopt;
  if (n < 0) return ErrnoStatus(errno, "recvmsg on " + path_);
  NotifyMessage message;
  TakeCredentials(&header, &message);
  const bool whole = (header.msg_flags & MSG_TRUNC) == 0;
  if (whole) ReadFields({data, static_cast<size_t>(n)}, &message);
  return message;
}

}  // namespace rollport::os
