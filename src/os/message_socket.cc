#include "os/message_socket.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "os/errno_status.h"
#include "os/scm_rights.h"

namespace rollport::os {

absl::StatusOr<MessageSockets> MakeMessageSockets(std::string_view purpose) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    return ErrnoStatus(errno,
                       absl::StrCat("socketpair", purpose.empty() ? "" : " for ", ToAbsl(purpose)));
  }
  return MessageSockets{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Sent SendMessage(int socket, std::string_view bytes, int fd) {
  iovec piece = {.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
  msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  RightsBuffer<1> room;
  if (fd >= 0) AttachFds({&fd, 1}, room.bytes, &message);
  ssize_t n;
  do {
    n = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  if (n >= 0) return Sent::kSent;
  switch (errno) {
    case EAGAIN:
      return Sent::kFull;
    case ETOOMANYREFS:
    case ENOBUFS:
    case ENOMEM:
      return Sent::kScarce;
    default:
      return Sent::kGone;
  }
}

Received ReceiveMessage(int socket, std::string* bytes, std::vector<UniqueFd>* fds) {
  // recvmsg(2) drops a descriptor that it has no number for.
  if (!UniqueFd(fcntl(socket, F_DUPFD_CLOEXEC, 0)).valid()) return Received::kNoDescriptor;
  iovec piece = {.iov_base = bytes->data(), .iov_len = bytes->size()};
  RightsBuffer<4> room;  // the kernel closes the descriptors for which there is none
  msghdr message = {.msg_iov = &piece,
                    .msg_iovlen = 1,
                    .msg_control = room.bytes,
                    .msg_controllen = sizeof room.bytes};
  ssize_t n;
  do {
    n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    // ECONNRESET says, once, that the other end was closed with messages from here unread
    // (unix_release_sock in net/unix/af_unix.c); what it had sent before is still queued here.
  } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
  if (n < 0 && (errno == EAGAIN || errno == ENOMEM || errno == ENOBUFS)) return Received::kNone;
  if (n <= 0) return Received::kClosed;
  bytes->resize(static_cast<size_t>(n));
  TakeFds(&message, fds);
  return Received::kMessage;
}

void CloseIntake(int socket) { shutdown(socket, SHUT_RD); }

}  // namespace rollport::os
