#include "worker/handover.h"

#include <utility>

#include "os/socket.h"

namespace rollport::worker {

Handover::Handover(Context& context, ConnectionSet& connections, std::function<bool()> has_room)
    : context_(context),
      connections_(connections),
      has_room_(std::move(has_room)),
      patience_timer_(context.loop, [this] { DecideLastAnswers(); }) {}

void Handover::SetChannel(os::UniqueFd channel) {
  intake_.emplace(
      context_.loop, std::move(channel),
      Intake::Hooks{
          .on_connection = [this](os::UniqueFd fd,
                                  const protocol::Message& handed) { Take(std::move(fd), handed); },
          .on_successor = [this](os::UniqueFd channel) { SetSuccessor(std::move(channel)); },
          .has_room = has_room_});
}

void Handover::Start() {
  if (intake_) intake_->Start();
}

void Handover::Resume() {
  if (intake_) intake_->Resume();
}

// Everything that was set on an accepted connection (TCP_NODELAY, O_NONBLOCK) goes with it.
void Handover::Take(os::UniqueFd fd, const protocol::Message& handed) {
  const auto peer = os::PeerAddress(fd.get());
  // Reset on its way here.
  if (!peer.ok()) return;
  Connection* const connection = connections_.Add(std::move(fd), *peer, &handed);
  // This worker may have been retired itself meanwhile.
  if (context_.draining) Pass(connection);
}

void Handover::SetSuccessor(os::UniqueFd channel) {
  successors_.push_back(
      std::make_unique<Successor>(context_.loop, std::move(channel), [this] { PassAll(); }));
  successor_ = successors_.back().get();
  DecideLastAnswers();
  PassAll();
}

void Handover::BeginDrain(absl::Duration patience) {
  patience_timer_.After(patience);
  DecideLastAnswers();
  // The successor may have been named in this very turn.
  if (intake_) intake_->ReadAll();
}

bool Handover::Pass(Connection* connection) {
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

void Handover::PassAll() {
  // From the end: a connection that leaves is replaced by one that was looked at before.
  for (size_t i = connections_.size(); i-- > 0;) {
    if (!Pass(connections_.at(i))) return;
  }
}

bool Handover::CloseIntake() { return !intake_ || intake_->Close(); }

void Handover::DecideLastAnswers() {
  const bool patient = patience_timer_.armed();
  context_.last_answers = context_.draining && (successor_ == nullptr || !patient);
}

}  // namespace rollport::worker
