#include "os/foreign_rights.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "os/scm_rights.h"

// In <asm-generic/socket.h> since Linux 6.16.
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

namespace rollport::os {
namespace {

// Where the child has its two descriptors.
constexpr int kSocket = 0, kPipe = 1;

ssize_t Receive(int socket, msghdr* message, int flags) {
  ssize_t n;
  do {
    n = recvmsg(socket, message, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  return n;
}

// Takes the next message with all its descriptors. They are closed at the end of the process, which
// nobody waits for. Receiving them does not block.
void TakeOne() {
  char byte;
  iovec piece = {.iov_base = &byte, .iov_len = 1};
  RightsBuffer<kMaxPassedFds> room;
  msghdr message = {.msg_iov = &piece,
                    .msg_iovlen = 1,
                    .msg_control = room.bytes,
                    .msg_controllen = sizeof room.bytes};
  Receive(kSocket, &message, 0);
}

// In the child, which has one thread and shares no memory. Only system calls.
[[noreturn]] void BecomeKeeper(int socket, int pipe_end, void (*work)()) {
  // Above the two, so that neither overwrites the other.
  const int high_socket = fcntl(socket, F_DUPFD, 3), high_pipe = fcntl(pipe_end, F_DUPFD, 3);
  dup2(high_socket, kSocket);
  dup2(high_pipe, kPipe);
  // It keeps nothing else open while it waits for something to close.
  syscall(SYS_close_range, 2, ~0U, 0);
  work();
  _exit(0);
}

// Waits until the other end is closed.
void AwaitEnd(int pipe_end) {
  char byte;
  while (read(pipe_end, &byte, 1) < 0 && errno == EINTR) {
  }
}

}  // namespace

void RefuseRights(int socket) {
  const int off = 0;
  setsockopt(socket, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof off);
}

ssize_t ReceiveWithoutRights(int socket, msghdr* message) {
  // A look takes duplicates, and drops them; but the message keeps its own.
  const ssize_t n = Receive(socket, message, MSG_PEEK);
  if (n < 0) return n;
  char byte;
  iovec piece = {.iov_base = &byte, .iov_len = 1};
  msghdr same = {.msg_iov = &piece, .msg_iovlen = 1};
  if ((message->msg_flags & MSG_CTRUNC) == 0) {
    Receive(socket, &same, 0);
    return n;
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;  // the message stays
  const UniqueFd done(ends[0]);
  UniqueFd working(ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    BecomeKeeper(socket, working.get(), [] {
      TakeOne();
      close(kPipe);
    });
  }
  working.Reset();
  if (child < 0) return -1;
  AwaitEnd(done.get());
  return n;
}

void CloseWithRights(UniqueFd socket) {
  shutdown(socket.get(), SHUT_RDWR);  // nothing more is queued
  char byte;
  iovec piece = {.iov_base = &byte, .iov_len = 1};
  msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  if (Receive(socket.get(), &message, MSG_PEEK) <= 0) return;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  const UniqueFd closing(ends[0]);
  UniqueFd closed(ends[1]);
  if (fork() == 0) BecomeKeeper(socket.get(), closing.get(), [] { AwaitEnd(kPipe); });
  socket.Reset();
}

}  // namespace rollport::os
