#include "tests/support/fd_channel.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "os/errno_status.h"

namespace rollport {
namespace {

constexpr size_t kMaxFds = 16;

struct Control {
  alignas(cmsghdr) char bytes[CMSG_SPACE(kMaxFds * sizeof(int))] = {};
};

// The text is empty where there are descriptors, else an error.
void Send(int channel, const absl::StatusOr<Fds>& fds) {
  std::string text = fds.ok() ? "+" : absl::StrCat("-", fds.status().message());
  iovec piece = {.iov_base = text.data(), .iov_len = text.size()};
  msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  Control control;
  if (fds.ok() && !fds->empty()) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(fds->size() * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds->size() * sizeof(int));
    for (size_t i = 0; i < fds->size(); ++i) {
      const int fd = (*fds)[i].get();
      std::memcpy(CMSG_DATA(header) + i * sizeof fd, &fd, sizeof fd);
    }
  }
  [[maybe_unused]] const ssize_t n = sendmsg(channel, &message, MSG_NOSIGNAL);
}

absl::StatusOr<Fds> Receive(int channel) {
  char text[1024];
  iovec piece = {.iov_base = text, .iov_len = sizeof text};
  Control control;
  msghdr message = {.msg_iov = &piece,
                    .msg_iovlen = 1,
                    .msg_control = control.bytes,
                    .msg_controllen = sizeof control.bytes};
  const ssize_t n = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  if (n < 0) return os::ErrnoStatus(errno, "recvmsg from a child");
  if (n == 0) return absl::InternalError("a child ended without an answer");
  if (text[0] != '+') return absl::UnavailableError(std::string(text + 1, text + n));
  Fds fds;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  const size_t count = header ? (header->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;
  for (size_t i = 0; i < count; ++i) {
    int fd;
    std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
    fds.emplace_back(fd);
  }
  return fds;
}

}  // namespace

absl::StatusOr<Fds> MakeInChild(const std::function<absl::StatusOr<Fds>()>& make) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return os::ErrnoStatus(errno, "socketpair");
  }
  const os::UniqueFd ours(ends[0]);
  os::UniqueFd theirs(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) return os::ErrnoStatus(errno, "fork");
  if (pid == 0) {
    Send(theirs.get(), make());
    _exit(0);
  }
  theirs.Reset();
  absl::StatusOr<Fds> fds = Receive(ours.get());
  waitpid(pid, nullptr, 0);
  return fds;
}

}  // namespace rollport
