#include "controller/traffic/quiescer.h"

#include <utility>

namespace rollport::controller {
namespace {

// For the proof that packets under way have been processed (os/packet_wait.h). It takes less than
// a millisecond, some 20 by membarrier(2), and more if the CPUs are busy.
constexpr absl::Duration kProofLimit = absl::Milliseconds(200);
// Without that proof.
constexpr absl::Duration kSettle = absl::Milliseconds(5);
constexpr absl::Duration kNoteAgain = absl::Milliseconds(10);
constexpr RetryTimer::Pauses kLookPauses = {.first = absl::Microseconds(200),
                                            .longest = absl::Milliseconds(10)};

}  // namespace

Quiescer::Quiescer(os::EventLoop& loop, os::SockDiag& diag, os::PacketHelper& packets,
                   Steerer& steerer, WorkerId worker, Hooks hooks)
    : loop_(loop),
      packets_(packets),
      steerer_(steerer),
      worker_(worker),
      hooks_(std::move(hooks)),
      handshakes_(diag, steerer),
      note_(loop, [this] { TakeNote(); }),
      look_(loop, kLookPauses, [this] { Look(); }) {
  // On a busy machine it may be long until the first look, and the plan's time may end before.
  steerer_.RefreshOnce().IgnoreError();
  TellQueue();
  Begin();
}

void Quiescer::Begin() {
  look_.Restart();
  settled_.reset();
  lapses_ = steerer_.lapses();
  if (IsByHash()) {
    // It keeps its share until it closes its listeners; waiting would change nothing.
    handshakes_.Forget();
    return look_.Now();
  }
  note_.Cancel();
  settled_.emplace(loop_, packets_, kProofLimit, [this](bool proven) {
    note_.After(proven ? absl::ZeroDuration() : kSettle);
    settled_.reset();
  });
}

void Quiescer::TakeNote() {
  if (!handshakes_.TakeNote().ok()) return note_.After(kNoteAgain);
  Look();
}

void Quiescer::TellQueue() {
  const uint32_t waiting = steerer_.AcceptQueue(worker_);
  if (std::exchange(told_, waiting) != waiting) hooks_.on_queue(waiting);
}

void Quiescer::Look() {
  // The queues last, because each completed handshake moves to one.
  const bool fresh = handshakes_.AreOver() && steerer_.Refresh().ok();
  const bool by_hash = IsByHash();
  // Only after the groups are read, because that may show that a listener has left.
  if (!by_hash && (steerer_.lapses() != lapses_ || !steerer_.steered())) {
    // The kernel's hash may have sent connections here in the meantime.
    TellQueue();
    return steerer_.steered() ? Begin() : look_.Soon();
  }
  const bool empty = steerer_.AcceptQueue(worker_) == 0;
  // Before it is told: the worker may be told to stop then.
  if (empty && (fresh || told_ > 0) && hooks_.stop_probing()) return look_.Soon();
  TellQueue();
  if (fresh && (by_hash || empty)) return hooks_.done();
  look_.Later();
}

}  // namespace rollport::controller
