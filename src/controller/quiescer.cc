#include "controller/quiescer.h"

#include <algorithm>
#include <iterator>

#include "base/status_macros.h"
#include "os/membarrier.h"

namespace rollport::controller {
namespace {

// Where the kernel cannot be asked to wait for packets under way (os/membarrier.h).
constexpr absl::Duration kSettle = absl::Milliseconds(5);
constexpr absl::Duration kFirstPause = absl::Milliseconds(1);
constexpr absl::Duration kLongestPause = absl::Milliseconds(10);

}  // namespace

Quiescer::Quiescer(os::EventLoop& loop, os::SockDiag& diag, Steerer& steerer, WorkerId worker,
                   std::function<void()> done)
    : loop_(loop),
      diag_(diag),
      steerer_(steerer),
      worker_(worker),
      done_(std::move(done)),
      pause_(kFirstPause),
      note_(loop, [this] { TakeNote(); }),
      look_(loop, [this] { Look(); }) {
  Begin();
}

void Quiescer::Begin() {
  look_.Cancel();
  pause_ = kFirstPause;
  lapses_ = steerer_.lapses();
  if (!steerer_.trouble().empty()) {
    // By hash it keeps its share until it closes its listeners; waiting would change nothing.
    pending_.clear();
    look_.After(absl::ZeroDuration());
    return;
  }
  note_.After(os::WaitForRcu() ? absl::ZeroDuration() : kSettle);
}

void Quiescer::TakeNote() {
  absl::StatusOr<std::set<Handshake>> now = Handshakes();
  if (now.ok()) {
    pending_ = *std::move(now);
    return Look();
  }
  note_.After(kLongestPause);
}

void Quiescer::Look() {
  const bool by_hash = !steerer_.trouble().empty();
  if (!by_hash && (steerer_.lapses() != lapses_ || !steerer_.steered())) {
    // Connections may have come by the kernel's hash in the meantime.
    if (steerer_.steered()) return Begin();
    return look_.After(pause_);
  }
  if (!pending_.empty()) {
    const absl::StatusOr<std::set<Handshake>> now = Handshakes();
    if (now.ok()) std::erase_if(pending_, [&](const Handshake& h) { return !now->contains(h); });
  }
  // After the handshakes, because each that is completed moves to the accept queue.
  if (pending_.empty()) {
    const bool fresh = steerer_.Refresh().ok();
    if (fresh && (by_hash || steerer_.AcceptQueue(worker_) == 0)) return done_();
  }
  look_.After(pause_);
  pause_ = std::min(pause_ * 2, kLongestPause);
}

absl::StatusOr<std::set<Quiescer::Handshake>> Quiescer::Handshakes() {
  std::set<Handshake> out;
  for (const auto& group : steerer_.groups()) {
    const os::SocketAddress& address = group->address();
    ASSIGN_OR_RETURN(const std::vector<os::ConnectionInfo> found,
                     diag_.DumpHandshakes(address.family(), address.port()));
    for (const os::ConnectionInfo& c : found) {
      if (!address.IsWildcard() && c.local != address) continue;
      out.emplace(c.local, c.peer);
    }
  }
  return out;
}

}  // namespace rollport::controller
