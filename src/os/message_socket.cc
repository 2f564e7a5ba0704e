#include "os/message_socket.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "os/errno_status.h"

namespace rollport::os {
namespace {

// Those that one message may carry here; the kernel closes what there is no room for.
constexpr size_t kMaxFds = 4;

struct Control {
  alignas(cmsghdr) char bytes[CMSG_SPACE(kMaxFds * sizeof(int))] = {};
};

void Attach(int fd, Control* control, msghdr* message) {
  message->msg_control = control->bytes;
  message->msg_controllen = CMSG_SPACE(sizeof fd);
  cmsghdr* header = CMSG_FIRSTHDR(message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
}

void Detach(msghdr* message, std::vector<UniqueFd>* fds) {
  for (cmsghdr* h = CMSG_FIRSTHDR(message); h != nullptr; h = CMSG_NXTHDR(message, h)) {
    if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
      fds->emplace_back(fd);
    }
  }
}

}  // namespace

absl::StatusOr<MessageSockets> MakeMessageSockets() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    return ErrnoStatus(errno, "socketpair");
  }
  return MessageSockets{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Sent SendMessage(int socket, std::string_view bytes, int fd) {
  iovec piece = {.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
  msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  Control control;
  if (fd >= 0) Attach(fd, &control, &message);
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
  // recvmsg(2) closes a descriptor that it finds no number for.
  if (!UniqueFd(fcntl(socket, F_DUPFD_CLOEXEC, 0)).valid()) return Received::kNoDescriptor;
  iovec piece = {.iov_base = bytes->data(), .iov_len = bytes->size()};
  Control control;
  msghdr message = {.msg_iov = &piece,
                    .msg_iovlen = 1,
                    .msg_control = control.bytes,
                    .msg_controllen = sizeof control.bytes};
  ssize_t n;
  do {
    n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    // ECONNRESET says, once, that the other end was closed with messages of ours unread
    // (unix_release_sock in net/unix/af_unix.c); what it had sent before is still queued here.
  } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
  if (n < 0 && (errno == EAGAIN || errno == ENOMEM || errno == ENOBUFS)) return Received::kNone;
  if (n <= 0) return Received::kClosed;
  bytes->resize(static_cast<size_t>(n));
  Detach(&message, fds);
  return Received::kMessage;
}

void CloseIntake(int socket) { shutdown(socket, SHUT_RD); }

}  // namespace rollport::os
