#include "worker/successor.h"

#include <utility>

namespace rollport::worker {
namespace {

// How soon to try again after a shortage in the kernel, whose end no event reports.
constexpr absl::Duration kSendAgain = absl::Milliseconds(20);

}  // namespace

Successor::Successor(os::EventLoop& loop, os::UniqueFd channel, std::function<void()> on_ready)
    : channel_(std::move(channel)),
      on_ready_(std::move(on_ready)),
      watch_(loop, channel_.get(),
             [this](uint32_t) {
               // Edge-triggered: EPOLLHUP stays set for ever, and comes even if nothing is asked
               // for.
               watch_.Set(EPOLLET).IgnoreError();
               on_ready_();
             }),
      retry_(loop, on_ready_) {}

Successor::Answer Successor::Pass(int fd, const protocol::Message& connection) {
  switch (protocol::Send(channel_.get(), connection, fd)) {
    case os::Sent::kSent:
      return Answer::kTaken;
    case os::Sent::kFull:
      // Level-triggered: the kernel reports it when a good part of the queue is free (unix_writable
      // in net/unix/af_unix.c), not for each message that has been taken.
      watch_.Set(EPOLLOUT).IgnoreError();
      return Answer::kLater;
    case os::Sent::kScarce:
      if (!retry_.armed()) retry_.After(kSendAgain);
      return Answer::kLater;
    case os::Sent::kGone:
      break;
  }
  return Answer::kGone;
}

}  // namespace rollport::worker
