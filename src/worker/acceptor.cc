#include "worker/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <utility>

namespace rollport::worker {
namespace {

// The kernel takes the smaller of this and net.core.somaxconn.
constexpr int kBacklog = 4096;
// The most connections accepted in one turn of the loop, so that the present ones have their turn.
constexpr int kAcceptsPerTurn = 64;
// After a shortage of descriptors or memory.
constexpr absl::Duration kAcceptAgain = absl::Milliseconds(50);

}  // namespace

Acceptor::Acceptor(os::EventLoop& loop, os::UniqueFd listener,
                   std::function<void(os::Accepted)> on_accepted, std::function<bool()> has_room)
    : loop_(loop),
      listener_(std::move(listener)),
      on_accepted_(std::move(on_accepted)),
      has_room_(std::move(has_room)),
      retry_(loop, [this] { Resume(); }) {}

std::string Acceptor::address() const { return os::LocalName(listener_.get()); }

absl::Status Acceptor::Start() {
  // Connections inherit the option from their listener, which saves a system call for each.
  const int one = 1;
  setsockopt(listener_.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (absl::Status status = os::StartListening(listener_.get(), kBacklog); !status.ok()) {
    return status;
  }
  watch_.emplace(loop_, listener_.get(), [this](uint32_t) { Accept(); });
  return watch_->Set(EPOLLIN);
}

std::optional<os::Accepted> Acceptor::Next(bool* failed) {
  auto accepted = os::Accept4(listener_.get());
  if (accepted.ok()) return *std::move(accepted);
  *failed = true;
  // EINVAL: it does not listen any more.
  if (absl::IsInvalidArgument(accepted.status())) Abandon();
  return std::nullopt;
}

void Acceptor::Accept() {
  if (closed() || paused_ || !watch_.has_value()) return;
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    if (!has_room_()) return Pause();
    bool failed = false;
    std::optional<os::Accepted> accepted = Next(&failed);
    if (failed) {
      Pause();
      retry_.After(kAcceptAgain);
    }
    if (!accepted) return;
    on_accepted_(*std::move(accepted));
  }
}

void Acceptor::Pause() {
  paused_ = true;
  if (watch_.has_value()) watch_->Set(0).IgnoreError();
}

void Acceptor::Resume() {
  if (!paused_ || closed() || !watch_.has_value()) return;
  paused_ = false;
  // What waits in the queue is reported at once.
  watch_->Set(EPOLLIN).IgnoreError();
}

void Acceptor::Abandon() {
  shut_down_ = true;
  // A listener that was shut down reports EPOLLHUP for ever, even if nothing is asked for.
  // Deferred, because this may run inside the watch's own callback.
  loop_.Defer([this] { watch_.reset(); });
}

bool Acceptor::Close() {
  if (closed()) return true;
  while (true) {
    bool failed = false;
    std::optional<os::Accepted> accepted = Next(&failed);
    if (accepted) {
      on_accepted_(*std::move(accepted));
      continue;
    }
    if (failed && !shut_down_) return false;
    break;
  }
  watch_.reset();
  retry_.Cancel();
  // A close alone would leave the listener alive in a child that was forked without exec.
  os::ShutdownListener(listener_.get()).IgnoreError();
  listener_.Reset();
  return true;
}

}  // namespace rollport::worker
