#include "controller/traffic/quiescer.h"

#include <utility>

#include "os/packets.h"

namespace rollport::controller {
namespace {

// If the kernel cannot be asked to wait for packets under way (os/packets.h).
constexpr absl::Duration kSettle = absl::Milliseconds(5);
constexpr absl::Duration kNoteAgain = absl::Milliseconds(10);
constexpr RetryTimer::Pauses kLookPauses = {.first = absl::Microseconds(200),
                                            .longest = absl::Milliseconds(10)};

}  // namespace

Quiescer::Quiescer(os::EventLoop& loop, os::SockDiag& diag, Steerer& steerer, WorkerId worker,
                   std::function<void()> done)
    : steerer_(steerer),
      worker_(worker),
      done_(std::move(done)),
      handshakes_(diag, steerer),
      note_(loop, [this] { TakeNote(); }),
      look_(loop, kLookPauses, [this] { Look(); }) {
  Begin();
}

void Quiescer::Begin() {
  look_.Restart();
  lapses_ = steerer_.lapses();
  if (IsByHash()) {
    // It keeps its share until it closes its listeners; waiting would change nothing.
    handshakes_.Forget();
    return look_.Now();
  }
  note_.After(os::WaitForPackets() ? absl::ZeroDuration() : kSettle);
}

void Quiescer::TakeNote() {
  if (!handshakes_.TakeNote().ok()) return note_.After(kNoteAgain);
  Look();
}

void Quiescer::Look() {
  // The queues last, because each completed handshake moves to one.
  const bool fresh = handshakes_.AreOver() && steerer_.Refresh().ok();
  const bool by_hash = IsByHash();
  // Only after the groups are read, because that may show that a listener has left.
  if (!by_hash && (steerer_.lapses() != lapses_ || !steerer_.steered())) {
    // The kernel's hash may have sent connections here in the meantime.
    return steerer_.steered() ? Begin() : look_.Soon();
  }
  if (fresh && (by_hash || steerer_.AcceptQueue(worker_) == 0)) return done_();
  look_.Later();
}

}  // namespace rollport::controller
