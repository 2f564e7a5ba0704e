#include "controller/process/worker_channel.h"

#include <sys/socket.h>

#include "protocol/handover.h"

namespace rollport::controller {

bool WorkerChannel::TakesConnections() {
  protocol::Incoming said;
  while (protocol::Receive(fd_.get(), &said) == os::Received::kMessage) {
    takes_connections_ |= said.message.kind == protocol::Message::Kind::kTakes;
  }
  return takes_connections_;
}

void WorkerChannel::Close() { shutdown(fd_.get(), SHUT_RDWR); }

}  // namespace rollport::controller
