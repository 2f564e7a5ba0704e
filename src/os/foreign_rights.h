// Descriptors that a process which is not trusted sends over a Unix socket.
//
// To close the last duplicate of a descriptor may take as long as its sender likes: close(2) of a
// TCP socket with SO_LINGER waits for its data to be acknowledged (tcp_close in net/ipv4/tcp.c),
// also if the socket is non-blocking, and that of a file in a FUSE file system waits for its
// server. It makes no difference whether the descriptor was received, dropped for want of room, or
// still queued in a socket that is closed. So a process that may not be held up refuses them, or
// lets a child close them.
#ifndef ROLLPORT_OS_FOREIGN_RIGHTS_H_
#define ROLLPORT_OS_FOREIGN_RIGHTS_H_

#include <sys/socket.h>

#include "os/unique_fd.h"

namespace rollport::os {

// From now on a message with descriptors cannot be sent to `socket`: EPERM. Since Linux 6.16
// (SO_PASSRIGHTS); before that it does nothing.
void RefuseRights(int socket);

// Receives the next message, without waiting. If descriptors came with it, they are not received: a
// child of this process takes them, and ends. `message` has room for none, but may have room for
// other control data. Returns what recvmsg(2) does. REQUIRES: no other process reads from `socket`.
ssize_t ReceiveWithoutRights(int socket, msghdr* message);

// Closes `socket`. If messages are queued there, a child of this process closes it too, after this
// one, and ends.
void CloseWithRights(UniqueFd socket);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_FOREIGN_RIGHTS_H_
