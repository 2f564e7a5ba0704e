// Messages between processes of one host, which arrive whole and may carry a descriptor:
// SOCK_SEQPACKET and SCM_RIGHTS of unix(7).
#ifndef ROLLPORT_OS_MESSAGE_SOCKET_H_
#define ROLLPORT_OS_MESSAGE_SOCKET_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "os/unique_fd.h"

namespace rollport::os {

// A connected pair: what is sent to one end is received at the other. Non-blocking, close-on-exec.
struct MessageSockets {
  UniqueFd a, b;
};
// An error names `purpose`, if it is given: "socketpair for PURPOSE: Too many open files".
absl::StatusOr<MessageSockets> MakeMessageSockets(std::string_view purpose = "");

enum class Sent {
  kSent,
  kFull,    // wait for EPOLLOUT
  kScarce,  // too many descriptors are in flight (ETOOMANYREFS), or no memory: try again later
  kGone,    // no process will ever receive it
};
// Sends one message. If `fd` is not -1, a duplicate of that descriptor goes with it. REQUIRES:
// `bytes` is not empty.
Sent SendMessage(int socket, std::string_view bytes, int fd = -1);

enum class Received {
  kMessage,
  kNone,          // would block
  kNoDescriptor,  // this process may open no more descriptors; the message stays queued, because a
                  // descriptor that it carries would be lost
  kClosed,        // the queue is empty, and no more messages can come
};
// Takes the next message. `*bytes` is filled from its beginning and resized to what came; what does
// not fit in is lost. The descriptors that came with it, at most 4, are appended to `*fds`,
// close-on-exec.
Received ReceiveMessage(int socket, std::string* bytes, std::vector<UniqueFd>* fds);
// From now on senders get Sent::kGone. Messages that are queued already can still be received.
void CloseIntake(int socket);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_MESSAGE_SOCKET_H_
