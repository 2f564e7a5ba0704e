#include "controller/process/pipe_keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "os/errno_status.h"

namespace rollport::controller {
namespace {

constexpr int kChannel = 3;

// So that the helper holds nothing of the controller's: neither its lock nor its log nor a
// listener.
void LetGoOfAllBut(int channel) {
  const int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < kChannel; ++fd) dup2(null, fd);
  dup2(channel, kChannel);
  if (syscall(SYS_close_range, kChannel + 1, ~0U, 0) == 0) return;
  for (int fd = kChannel + 1; fd < static_cast<int>(sysconf(_SC_OPEN_MAX)); ++fd) close(fd);
}

// The descriptor passed with the next message; -1 if there is none; nullopt when the controller is
// gone.
std::optional<int> Receive() {
  char byte;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  iovec piece = {.iov_base = &byte, .iov_len = 1};
  msghdr header = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  const ssize_t n = recvmsg(kChannel, &header, MSG_CMSG_CLOEXEC);
  if (n < 0 && errno == EINTR) return -1;
  if (n <= 0) return std::nullopt;
  const cmsghdr* c = CMSG_FIRSTHDR(&header);
  if (c == nullptr || c->cmsg_type != SCM_RIGHTS) return -1;
  int fd;
  memcpy(&fd, CMSG_DATA(c), sizeof fd);
  return fd;
}

// True if every writer of the pipe is gone. While the controller lives, the bytes are for it to
// read.
bool Tend(const pollfd& pipe, bool orphaned) {
  if (!orphaned) return (pipe.revents & (POLLHUP | POLLERR)) != 0;
  static char block[64 << 10];
  const ssize_t n = read(pipe.fd, block, sizeof block);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

[[noreturn]] void RunKeeper() {
  std::vector<pollfd> polled = {{.fd = kChannel, .events = POLLIN, .revents = 0}};
  bool orphaned = false;
  while (!orphaned || polled.size() > 1) {
    if (poll(polled.data(), polled.size(), -1) < 0) continue;
    for (size_t i = polled.size() - 1; i > 0; --i) {
      if (polled[i].revents == 0 || !Tend(polled[i], orphaned)) continue;
      close(polled[i].fd);
      polled.erase(polled.begin() + static_cast<ptrdiff_t>(i));
    }
    if (polled[0].revents == 0) continue;
    const std::optional<int> fd = Receive();
    if (fd.has_value()) {
      if (*fd >= 0) polled.push_back({.fd = *fd, .events = 0, .revents = 0});
      continue;
    }
    orphaned = true;
    polled[0].fd = -1;
    for (pollfd& pipe : polled) pipe.events = POLLIN;
  }
  _exit(0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PipeKeeper>> PipeKeeper::Start() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return os::ErrnoStatus(errno, "socketpair for the keeper of pipes");
  }
  os::UniqueFd ours(ends[0]);
  const os::UniqueFd theirs(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) return os::ErrnoStatus(errno, "fork of the keeper of pipes");
  if (pid == 0) {
    // Ctrl-C in a terminal is for the controller alone.
    setpgid(0, 0);
    prctl(PR_SET_NAME, "rollport-keeper");
    LetGoOfAllBut(theirs.get());
    RunKeeper();
  }
  ASSIGN_OR_RETURN(os::Child process, os::Child::Adopt(pid));
  return std::unique_ptr<PipeKeeper>(new PipeKeeper(std::move(ours), std::move(process)));
}

PipeKeeper::~PipeKeeper() {
  // Neither is an error if it has ended already.
  (void)process_.Signal(SIGKILL);
  (void)process_.Wait();
}

void PipeKeeper::Keep(int reading_end) {
  char byte = 0;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  iovec piece = {.iov_base = &byte, .iov_len = 1};
  msghdr header = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  cmsghdr* c = CMSG_FIRSTHDR(&header);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(c), &reading_end, sizeof reading_end);
  // Without the helper the fleet works on; only a crash of the controller would then cost more.
  (void)sendmsg(channel_.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace rollport::controller
