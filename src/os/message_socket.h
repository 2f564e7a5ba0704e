// Messages between processes of one host, each of them whole, that may carry a descriptor:
// SOCK_SEQPACKET of unix(7), and its SCM_RIGHTS.
#ifndef ROLLPORT_OS_MESSAGE_SOCKET_H_
#define ROLLPORT_OS_MESSAGE_SOCKET_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "os/unique_fd.h"

namespace rollport::os {

// What goes in at one end comes out at the other. Non-blocking, close-on-exec.
struct MessageSockets {
  UniqueFd a, b;
};
absl::StatusOr<MessageSockets> MakeMessageSockets();

enum class Sent {
  kSent,
  kFull,    // wait for EPOLLOUT
  kScarce,  // too many descriptors are in flight (ETOOMANYREFS), or no memory: try again later
  kGone,    // nobody will ever receive it
};
// Sends one message; with `fd` not -1, a duplicate of that descriptor goes with it. REQUIRES:
// `bytes` is not empty.
Sent SendMessage(int socket, std::string_view bytes, int fd = -1);

enum class Received {
  kMessage,
  kNone,          // would block
  kNoDescriptor,  // this process may open no more, so nothing was taken: a descriptor that came
                  // with a message would be lost
  kClosed,        // the queue is empty, and no more can come
};
// Takes the next message. What is longer than `*bytes` is cut off; `*bytes` is resized to what
// came. The descriptors that came with it, at most 4, are appended to `*fds`, close-on-exec.
Received ReceiveMessage(int socket, std::string* bytes, std::vector<UniqueFd>* fds);
// No more comes in, and whoever sends is told so (Sent::kGone); what is queued can still be
// received.
void CloseIntake(int socket);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_MESSAGE_SOCKET_H_
