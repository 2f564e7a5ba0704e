#include "controller/process/pipe_keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "os/errno_status.h"
#include "os/message_socket.h"

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

// Adds the pipe that came with the next message to `*polled`. False when the controller has ended.
bool ReceivePipe(std::vector<pollfd>* polled) {
  std::string byte(1, '\0');
  std::vector<os::UniqueFd> fds;
  const os::Received received = os::ReceiveMessage(kChannel, &byte, &fds);
  for (os::UniqueFd& fd : fds) {
    polled->push_back({.fd = fd.Release(), .events = 0, .revents = 0});
  }
  if (received == os::Received::kNoDescriptor) {
    // This process can hold no more pipes. The message must not stay: it would wake the loop again
    // and again. Read without room for its descriptor, which the kernel then closes.
    recv(kChannel, byte.data(), byte.size(), MSG_DONTWAIT);
  }
  return received != os::Received::kClosed;
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
    if (ReceivePipe(&polled)) continue;
    orphaned = true;
    polled[0].fd = -1;
    for (pollfd& pipe : polled) pipe.events = POLLIN;
  }
  _exit(0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PipeKeeper>> PipeKeeper::Start() {
  ASSIGN_OR_RETURN(os::MessageSockets ends, os::MakeMessageSockets("the keeper of pipes"));
  const pid_t pid = fork();
  if (pid < 0) return os::ErrnoStatus(errno, "fork of the keeper of pipes");
  if (pid == 0) {
    // Ctrl-C in a terminal is for the controller alone.
    setpgid(0, 0);
    prctl(PR_SET_NAME, "rollport-keeper");
    LetGoOfAllBut(ends.b.get());
    RunKeeper();
  }
  ASSIGN_OR_RETURN(os::Child process, os::Child::TakeOver(pid));
  return std::unique_ptr<PipeKeeper>(new PipeKeeper(std::move(ends.a), std::move(process)));
}

PipeKeeper::~PipeKeeper() {
  // Neither is an error if it has ended already.
  process_.Signal(SIGKILL).IgnoreError();
  process_.Wait().IgnoreError();
}

void PipeKeeper::Keep(int reading_end) {
  // Without the helper the fleet works on; only a crash of the controller would then cost more.
  os::SendMessage(channel_.get(), "+", reading_end);
}

}  // namespace rollport::controller
