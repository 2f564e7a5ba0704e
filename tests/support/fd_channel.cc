#include "tests/support/fd_channel.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "os/errno_status.h"
#include "os/scm_rights.h"

namespace rollport {
namespace {

using Buffer = os::RightsBuffer<16>;

// The message is "+" with the descriptors, or "-" and an error.
void Send(int channel, const absl::StatusOr<Fds>& fds) {
  std::string text = fds.ok() ? "+" : absl::StrCat("-", fds.status().message());
  iovec piece = {.iov_base = text.data(), .iov_len = text.size()};
  msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  Buffer room;
  std::vector<int> numbers;
  if (fds.ok()) {
    for (const os::UniqueFd& fd : *fds) numbers.push_back(fd.get());
  }
  if (!numbers.empty()) os::AttachFds(numbers, room.bytes, &message);
  [[maybe_unused]] const ssize_t n = sendmsg(channel, &message, MSG_NOSIGNAL);
}

absl::StatusOr<Fds> Receive(int channel) {
  char text[1024];
  iovec piece = {.iov_base = text, .iov_len = sizeof text};
  Buffer room;
  msghdr message = {.msg_iov = &piece,
                    .msg_iovlen = 1,
                    .msg_control = room.bytes,
                    .msg_controllen = sizeof room.bytes};
  const ssize_t n = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  if (n < 0) return os::ErrnoStatus(errno, "recvmsg from a child");
  if (n == 0) return absl::InternalError("a child ended without an answer");
  if (text[0] != '+') return absl::UnavailableError(std::string(text + 1, text + n));
  Fds fds;
  os::TakeFds(&message, &fds);
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
