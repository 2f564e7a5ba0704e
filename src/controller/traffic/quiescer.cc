#include "controller/traffic/quiescer.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "os/packets.h"

namespace rollport::controller {
namespace {

// Where the kernel cannot be asked to wait for packets under way (os/packets.h).
constexpr absl::Duration kSettle = absl::Milliseconds(5);
constexpr absl::Duration kFirstPause = absl::Microseconds(200);
constexpr absl::Duration kLongestPause = absl::Milliseconds(10);

}  // namespace

Quiescer::Quiescer(os::EventLoop& loop, os::SockDiag& diag, Steerer& steerer, WorkerId worker,
                   std::function<void()> done)
    : diag_(diag),
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
    noted_.clear();
    look_.After(absl::ZeroDuration());
    return;
  }
  note_.After(os::WaitForPackets() ? absl::ZeroDuration() : kSettle);
}

void Quiescer::TakeNote() {
  absl::StatusOr<std::vector<os::ConnectionInfo>> now = Handshakes();
  if (!now.ok()) return note_.After(kLongestPause);
  half_open_ = *std::move(now);
  noted_.clear();
  for (const os::ConnectionInfo& h : half_open_) noted_.insert(h.cookie);
  Look();
}

void Quiescer::Look() {
  const bool by_hash = !steerer_.trouble().empty();
  if (!by_hash && (steerer_.lapses() != lapses_ || !steerer_.steered())) {
    // Connections may have come by the kernel's hash in the meantime.
    if (steerer_.steered()) return Begin();
    return look_.After(pause_);
  }
  if (!HandshakesAreOver()) return LookAgain();
  // After the handshakes, because each that is completed moves to the accept queue.
  const bool fresh = steerer_.Refresh().ok();
  if (fresh && (by_hash || steerer_.AcceptQueue(worker_) == 0)) return done_();
  LookAgain();
}

void Quiescer::LookAgain() {
  look_.After(pause_);
  pause_ = std::min(pause_ * 2, kLongestPause);
}

bool Quiescer::IsOver(const os::ConnectionInfo& handshake) {
  const auto found = diag_.Refind(handshake);
  return found.ok() && (!found->has_value() || (*found)->state != TCP_SYN_RECV);
}

bool Quiescer::HandshakesAreOver() {
  if (noted_.empty()) return true;
  while (!half_open_.empty() && IsOver(half_open_.back())) half_open_.pop_back();
  if (!half_open_.empty()) return false;
  // By a dump, which takes locks: one that is just being completed is not in the queue yet.
  absl::StatusOr<std::vector<os::ConnectionInfo>> now = Handshakes();
  if (!now.ok()) return false;
  std::erase_if(*now, [this](const os::ConnectionInfo& h) { return !noted_.contains(h.cookie); });
  half_open_ = *std::move(now);
  if (!half_open_.empty()) return false;
  noted_.clear();
  return true;
}

absl::StatusOr<std::vector<os::ConnectionInfo>> Quiescer::Handshakes() {
  std::vector<os::ConnectionInfo> all;
  for (const auto& group : steerer_.groups()) {
    const os::SocketAddress& address = group->address();
    ASSIGN_OR_RETURN(const std::vector<os::ConnectionInfo> found,
                     diag_.DumpHandshakes(address.family(), address.port()));
    for (const os::ConnectionInfo& c : found) {
      if (address.IsWildcard() || c.local == address) all.push_back(c);
    }
  }
  return all;
}

}  // namespace rollport::controller
