// How a connection goes from one worker to the next.
#include <utility>

#include "os/socket.h"
#include "worker/server.h"

namespace rollport::worker {

void Server::SetChannel(os::UniqueFd channel) {
  intake_.emplace(
      context_.loop, std::move(channel),
      Intake::Hooks{.on_connection =
                        [this](os::UniqueFd fd, const protocol::Message& handed) {
                          Adopt(std::move(fd), handed);
                        },
                    .on_successor = [this](os::UniqueFd way) { SetSuccessor(std::move(way)); },
                    .has_room = [this] { return HasRoom(); }});
}

// Everything that was set on an accepted connection (TCP_NODELAY, O_NONBLOCK) goes along with it.
void Server::Adopt(os::UniqueFd fd, const protocol::Message& handed) {
  const auto peer = os::PeerAddress(fd.get());
  // Reset on the way.
  if (!peer.ok()) return;
  Add(std::move(fd), *peer, &handed);
  // It may have been retired itself meanwhile.
  if (context_.draining) HandOver(connections_.back().get());
}

void Server::SetSuccessor(os::UniqueFd way) {
  successors_.push_back(
      std::make_unique<Successor>(context_.loop, std::move(way), [this] { HandOverAll(); }));
  successor_ = successors_.back().get();
  DecideLastAnswers();
  HandOverAll();
}

bool Server::HandOver(Connection* connection) {
  if (successor_ == nullptr || !context_.draining) return false;
  if (!connection->passable()) return true;
  switch (successor_->Pass(connection->fd(), connection->ForSuccessor())) {
    case Successor::Answer::kTaken:
      connection->HandedOver();
      return true;
    case Successor::Answer::kLater:
      return false;
    case Successor::Answer::kGone:
      break;
  }
  // Another one may still be named.
  successor_ = nullptr;
  DecideLastAnswers();
  return false;
}

void Server::HandOverAll() {
  // From the end: into the place of one that has gone comes one that was looked at before.
  for (size_t i = connections_.size(); i-- > 0;) {
    if (!HandOver(connections_[i].get())) return;
  }
}

void Server::DecideLastAnswers() {
  const bool patient = patience_timer_.armed();
  context_.last_answers = context_.draining && (successor_ == nullptr || !patient);
}

}  // namespace rollport::worker
