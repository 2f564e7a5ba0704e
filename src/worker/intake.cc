#include "worker/intake.h"

#include <utility>

namespace rollport::worker {
namespace {

// The most messages taken in one turn of the loop, so that the present connections have their turn.
constexpr int kPerTurn = 64;
// After a shortage of descriptors.
constexpr absl::Duration kReceiveAgain = absl::Milliseconds(50);

// A channel whose other end is closed reports EPOLLHUP for ever, even if nothing is asked for;
// edge-triggered, it does so only once.
constexpr uint32_t kNothing = EPOLLET;

using Kind = protocol::Message::Kind;

}  // namespace

Intake::Intake(os::EventLoop& loop, os::UniqueFd channel, Hooks hooks)
    : channel_(std::move(channel)),
      hooks_(std::move(hooks)),
      watch_(loop, channel_.get(),
             [this](uint32_t) {
               if (!paused_) (void)Read(kPerTurn);
             }),
      retry_(loop, [this] { Resume(); }) {}

void Intake::Start() {
  if (protocol::Send(channel_.get(), {.kind = Kind::kTakes}) != os::Sent::kSent) return;
  watch_.Set(EPOLLIN).IgnoreError();
}

void Intake::Pause() {
  paused_ = true;
  watch_.Set(kNothing).IgnoreError();
}

void Intake::Resume() {
  if (!std::exchange(paused_, false) || closed_) return;
  watch_.Set(EPOLLIN).IgnoreError();
}

bool Intake::Close() {
  if (closed_) return true;
  os::CloseIntake(channel_.get());
  return Read(kAll);
}

bool Intake::Read(int most) {
  for (int i = 0; i < most && !closed_; ++i) {
    if (!hooks_.has_room()) {
      Pause();
      return false;
    }
    protocol::Incoming incoming;
    switch (protocol::Receive(channel_.get(), &incoming)) {
      case os::Received::kMessage:
        Handle(std::move(incoming));
        break;
      case os::Received::kNone:
        return true;
      case os::Received::kNoDescriptor:
        Pause();
        retry_.After(kReceiveAgain);
        return false;
      case os::Received::kClosed:
        closed_ = true;
        watch_.Set(kNothing).IgnoreError();
        return true;
    }
  }
  return true;
}

void Intake::Handle(protocol::Incoming incoming) {
  if (!incoming.fd.valid()) return;
  if (incoming.message.kind == Kind::kConnection) {
    hooks_.on_connection(std::move(incoming.fd), incoming.message);
  } else if (incoming.message.kind == Kind::kSuccessor) {
    hooks_.on_successor(std::move(incoming.fd));
  }
}

}  // namespace rollport::worker
