#include "controller/accounts/cut_counts.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "controller/traffic/probe_route.h"
#include "os/proc.h"

namespace rollport::controller {
namespace {

constexpr absl::Duration kLongestWait = absl::Milliseconds(50);

constexpr uint32_t kEstablished = 1U << TCP_ESTABLISHED;

// An ordinary client may have the source of a probe. One whose client has closed it counts as ours.
bool IsOurs(os::SockDiag& diag, const os::ConnectionInfo& connection) {
  if (!IsProbe(connection.local, connection.peer)) return false;
  const auto client = diag.Lookup(connection.peer, connection.local);
  if (!client.ok() || !client->has_value() || (*client)->inode == 0) return true;
  const auto ours = os::FindSocketFd(getpid(), (*client)->inode);
  return !ours.ok() || ours->has_value();
}

}  // namespace

absl::StatusOr<std::vector<os::ConnectionInfo>> ConnectionsHeldBy(
    os::SockDiag& diag, const WorkerProcess& worker, const std::vector<os::SocketAddress>& listen,
    uint32_t states) {
  std::set<std::pair<int, uint16_t>> ports;
  for (const os::SocketAddress& address : listen) ports.emplace(address.family(), address.port());
  std::vector<os::ConnectionInfo> held;
  for (const auto& [family, port] : ports) {
    ASSIGN_OR_RETURN(const std::vector<os::ConnectionInfo> all,
                     diag.DumpConnections(family, port, states));
    for (const os::ConnectionInfo& c : all) {
      if (c.inode != 0 && !IsOurs(diag, c)) held.push_back(c);
    }
  }
  if (held.empty()) return held;
  ASSIGN_OR_RETURN(const std::unordered_set<uint64_t> sockets, worker.Sockets());
  std::erase_if(held, [&](const os::ConnectionInfo& c) { return !sockets.contains(c.inode); });
  return held;
}

void CutCounts::Account::Note(os::ClosedConnection::Ending ending) {
  using Ending = os::ClosedConnection::Ending;
  const bool unanswered = ending == Ending::kUnanswered;
  if (ending == Ending::kReset || (unanswered && answers)) ++cut;
  if (ending == Ending::kUnknown || (unanswered && !answers)) known = false;
}

void CutCounts::NoteStopping(const WorkerProcess& worker,
                             const std::vector<os::SocketAddress>& listen, bool answers) {
  if (worker.page().InUse()) return;
  Account& account = accounts_[worker.id()];
  account.answers = answers;
  // First, so that no end is missed.
  const absl::Status heard = ListenFor(listen);
  const auto held = ConnectionsHeldBy(diag_, worker, listen, kEstablished);
  if (!held.ok() || (!heard.ok() && !held->empty())) {
    account.known = false;
  } else {
    for (const os::ConnectionInfo& connection : *held) {
      account.open.emplace(connection.cookie, connection);
    }
    account.held_any = !held->empty();
  }
  StopListeningIfDone();
}

void CutCounts::NoteStoppedBefore(const WorkerProcess& worker) {
  if (!worker.page().InUse()) accounts_[worker.id()].known = false;
}

void CutCounts::NoteKilling(const WorkerProcess& worker,
                            const std::vector<os::SocketAddress>& listen) {
  if (worker.page().InUse()) return;
  Account& account = accounts_[worker.id()];
  if (std::exchange(account.killed, true)) return;
  const auto held = ConnectionsHeldBy(diag_, worker, listen, kEstablished);
  if (!held.ok()) {
    account.known = false;
    return;
  }
  account.cut += static_cast<int64_t>(held->size());
  for (const os::ConnectionInfo& connection : *held) account.open.erase(connection.cookie);
  // What is left has ended, or its peer has closed it.
  DropLiving(account);
}

std::optional<int64_t> CutCounts::Take(const WorkerProcess& worker, const os::ExitStatus& how) {
  const auto it = accounts_.find(worker.id());
  if (it == accounts_.end()) return 0;
  AwaitEnds(it->second);
  const Account account = std::move(it->second);
  accounts_.erase(it);
  StopListeningIfDone();
  // A signal that ended it has closed its connections in whatever state they were.
  const bool died = !account.killed && how.signal != 0 && account.held_any;
  return account.known && !died ? std::optional(account.cut) : std::nullopt;
}

absl::Status CutCounts::ListenFor(const std::vector<os::SocketAddress>& listen) {
  std::vector<uint16_t> ports = ports_;
  for (const os::SocketAddress& address : listen) {
    if (!std::ranges::count(ports, address.port())) ports.push_back(address.port());
  }
  if (closed_.has_value() && ports.size() == ports_.size()) return absl::OkStatus();
  ASSIGN_OR_RETURN(os::ClosedConnections closed, os::ClosedConnections::ListenFor(ports));
  // What the former one has heard until now.
  if (closed_.has_value()) Hear();
  watch_.reset();
  closed_ = std::move(closed);
  ports_ = std::move(ports);
  watch_ = std::make_unique<os::FdWatch>(loop_, closed_->fd(), [this](uint32_t) {
    Hear();
    stop_.Call([this] { StopListeningIfDone(); });
  });
  return watch_->Set(EPOLLIN);
}

void CutCounts::StopListeningIfDone() {
  for (const auto& [id, account] : accounts_) {
    if (!account.open.empty()) return;
  }
  watch_.reset();
  closed_.reset();
  ports_.clear();
}

void CutCounts::Hear() {
  const absl::StatusOr<std::vector<os::ClosedConnection>> closed = closed_->Read();
  for (auto& [id, account] : accounts_) {
    if (account.open.empty()) continue;
    if (!closed.ok()) {
      account.known = false;
      account.open.clear();
      continue;
    }
    for (const os::ClosedConnection& connection : *closed) {
      if (account.open.erase(connection.cookie) == 0) continue;
      account.Note(connection.ending);
    }
  }
}

void CutCounts::AwaitEnds(Account& account) {
  const Instant limit = os::EventLoop::ReadNow() + kLongestWait;
  while (!account.open.empty()) {
    Hear();
    DropLiving(account);
    if (account.open.empty()) return;
    const absl::Duration left = limit - os::EventLoop::ReadNow();
    pollfd readable = {.fd = closed_->fd(), .events = POLLIN};
    if (left <= absl::ZeroDuration() ||
        poll(&readable, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1) == 0) {
      account.known = false;
      account.open.clear();
    }
  }
}

// What is still in the kernel's table was not reset. If no process has it, the worker has closed
// it, and its FIN is under way.
void CutCounts::DropLiving(Account& account) {
  std::erase_if(account.open, [&](const auto& entry) {
    const auto found = diag_.Refind(entry.second);
    if (!found.ok()) account.known = false;
    // The kernel may tell of the end of one that is gone only a moment later.
    if (!found.ok() || !found->has_value() || (*found)->gone) return !found.ok();
    if ((*found)->unanswered && (*found)->inode == 0) {
      account.Note(os::ClosedConnection::Ending::kUnanswered);
    }
    return true;
  });
}

}  // namespace rollport::controller
