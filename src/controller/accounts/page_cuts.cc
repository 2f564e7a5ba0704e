#include "controller/accounts/page_cuts.h"

#include <netinet/tcp.h>

#include <utility>

#include "controller/accounts/cut_counts.h"

namespace rollport::controller {
namespace {

constexpr uint32_t kWeHaveEnded =
    1U << TCP_FIN_WAIT1 | 1U << TCP_FIN_WAIT2 | 1U << TCP_CLOSING | 1U << TCP_LAST_ACK;
constexpr uint32_t kPeerHasEnded = 1U << TCP_CLOSE_WAIT | 1U << TCP_CLOSING | 1U << TCP_LAST_ACK;
constexpr uint32_t kOpenStates = 1U << TCP_ESTABLISHED | kWeHaveEnded | kPeerHasEnded;

bool IsIn(const os::ConnectionInfo& connection, uint32_t states) {
  return (states >> connection.state & 1) != 0;
}

}  // namespace

PageCuts::Counts PageCuts::Read(const WorkerProcess& worker) {
  const auto& page = *worker.page();
  return {.cut = page.connections_cut.Get(),
          .requests = page.requests_open.Get(),
          .open = page.connections_open.Get()};
}

void PageCuts::NoteKilling(const WorkerProcess& worker,
                           const std::vector<os::SocketAddress>& listen, bool listening) {
  if (!worker.page().InUse() || accounts_.contains(worker.id())) return;
  // The page first: if the worker is at work still, it changes after this.
  Account account = {.counts = Read(worker), .listening = listening};
  const auto held = ConnectionsHeldBy(diag_, worker, listen, kOpenStates);
  account.known = held.ok();
  if (held.ok()) {
    for (const os::ConnectionInfo& connection : *held) Classify(connection, account);
  }
  accounts_.emplace(worker.id(), account);
}

// A FIN is one byte to the kernel, in either direction.
void PageCuts::Classify(const os::ConnectionInfo& connection, Account& account) {
  const bool ended = IsIn(connection, kWeHaveEnded);
  const bool unread = connection.unread > (IsIn(connection, kPeerHasEnded) ? 1 : 0);
  const bool owed = connection.unacknowledged > (ended ? 1 : 0);
  if (unread && (owed || !ended)) {
    ++account.unread;
    return;
  }
  if (!ended) {
    const auto found = diag_.Refind(connection);
    account.known &= found.ok();
    if (found.ok() && found->has_value() && (*found)->unanswered) {
      ++account.waiting;
      return;
    }
  }
  if (owed) ++account.sending;
}

bool PageCuts::MayHaveListened(const WorkerProcess& worker) const {
  const auto it = accounts_.find(worker.id());
  return it == accounts_.end() || it->second.listening;
}

// A request that the page has is mostly one that the table has as waiting.
std::optional<uint64_t> PageCuts::LostByKill(const Account& account) {
  if (!account.known || account.sending > 0) return std::nullopt;
  const uint64_t requests = account.counts.requests;
  if (requests == 0) return account.unread + account.waiting;
  const bool no_others = account.unread == 0 && account.waiting <= requests;
  return no_others ? std::optional(requests) : std::nullopt;
}

std::optional<int64_t> PageCuts::Take(const WorkerProcess& worker, bool stopping) {
  const auto node = accounts_.extract(worker.id());
  const Counts now = Read(worker);
  if (worker.page().Has(3) && worker.page()->connections_left.Get() > 0) return std::nullopt;
  if (!stopping && !worker.killed()) return static_cast<int64_t>(now.cut);
  std::optional<uint64_t> lost = now.requests;
  if (now.open > now.requests) {
    // One that has counted on until it was killed may have counted the same.
    const bool still = !node.empty() && node.mapped().counts == now;
    lost = still ? LostByKill(node.mapped()) : std::nullopt;
  }
  if (!lost.has_value()) return std::nullopt;
  return static_cast<int64_t>(now.cut + *lost);
}

}  // namespace rollport::controller
