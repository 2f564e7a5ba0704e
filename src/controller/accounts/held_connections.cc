#include "controller/accounts/held_connections.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "base/status_macros.h"
#include "os/event_loop.h"

namespace rollport::controller {
namespace {

constexpr absl::Duration kFreshCount = absl::Seconds(1);
constexpr absl::Duration kBudget = absl::Milliseconds(5);
// For workers of which nothing is known yet.
constexpr absl::Duration kFirstBudget = absl::Milliseconds(50);
// Every state in which a process may hold a connection.
constexpr uint32_t kHeldStates = 1U << TCP_ESTABLISHED | 1U << TCP_FIN_WAIT1 | 1U << TCP_FIN_WAIT2 |
                                 1U << TCP_CLOSE_WAIT | 1U << TCP_LAST_ACK | 1U << TCP_CLOSING;

std::optional<int64_t> CountOf(const WorkerProcess& worker,
                               const std::unordered_set<uint64_t>& accepted) {
  const absl::StatusOr<std::unordered_set<uint64_t>> sockets = worker.Sockets();
  if (!sockets.ok()) return std::nullopt;
  return std::ranges::count_if(*sockets, [&](uint64_t inode) { return accepted.contains(inode); });
}

}  // namespace

void HeldConnections::Refresh(Instant now) {
  const std::vector<const WorkerProcess*> due = Due(now);
  if (due.empty()) return;
  const Instant began = os::EventLoop::ReadNow();
  const absl::StatusOr<std::unordered_set<uint64_t>> accepted = Accepted();
  for (const WorkerProcess* worker : due) {
    const std::optional<int64_t> count = accepted.ok() ? CountOf(*worker, *accepted) : std::nullopt;
    const bool first = counts_.insert_or_assign(worker->id(), Count{count, now}).second;
    if (os::EventLoop::ReadNow() - began > (first ? kFirstBudget : kBudget)) break;
  }
}

std::optional<int64_t> HeldConnections::Of(WorkerId worker) const {
  const auto it = counts_.find(worker);
  return it == counts_.end() ? std::nullopt : it->second.connections;
}

std::vector<const WorkerProcess*> HeldConnections::Due(Instant now) {
  std::erase_if(counts_,
                [this](const auto& entry) { return workers_.Find(entry.first) == nullptr; });
  std::vector<std::pair<Instant, const WorkerProcess*>> due;
  for (const auto& [id, worker] : workers_.all()) {
    if (worker->page().InUse()) continue;
    const auto known = counts_.find(id);
    const Instant taken = known == counts_.end() ? Instant() : known->second.taken;
    if (known == counts_.end() || now - taken >= kFreshCount) due.emplace_back(taken, worker.get());
  }
  std::ranges::stable_sort(due, {}, &std::pair<Instant, const WorkerProcess*>::first);
  std::vector<const WorkerProcess*> workers;
  workers.reserve(due.size());
  for (const auto& [taken, worker] : due) workers.push_back(worker);
  return workers;
}

absl::StatusOr<std::unordered_set<uint64_t>> HeldConnections::Accepted() {
  std::unordered_set<uint64_t> accepted;
  for (const auto& [family, port] : steerer_.Ports()) {
    ASSIGN_OR_RETURN(const std::vector<os::ConnectionInfo> connections,
                     diag_.DumpConnections(family, port, kHeldStates));
    for (const os::ConnectionInfo& connection : connections) {
      if (connection.inode != 0) accepted.insert(connection.inode);
    }
  }
  return accepted;
}

}  // namespace rollport::controller
