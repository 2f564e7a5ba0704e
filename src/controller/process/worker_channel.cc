#include "controller/process/worker_channel.h"

#include <sys/socket.h>

#include <utility>

#include "os/foreign_rights.h"
#include "protocol/handover.h"

namespace rollport::controller {

namespace {

// One message is enough; a worker that sends more may not hold the controller up.
constexpr int kMessagesAtOnce = 64;

}  // namespace

WorkerChannel::WorkerChannel(os::UniqueFd fd) : fd_(std::move(fd)) { os::RefuseRights(fd_.get()); }

WorkerChannel::~WorkerChannel() { os::CloseWithRights(std::move(fd_)); }

bool WorkerChannel::TakesConnections() {
  protocol::Message said;
  for (int i = 0; i < kMessagesAtOnce && !takes_connections_; ++i) {
    if (protocol::ReceiveFromWorker(fd_.get(), &said) != os::Received::kMessage) break;
    takes_connections_ = said.kind == protocol::Message::Kind::kTakes;
  }
  return takes_connections_;
}

void WorkerChannel::Close() { shutdown(fd_.get(), SHUT_RDWR); }

}  // namespace rollport::controller
