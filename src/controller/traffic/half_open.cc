#include "controller/traffic/half_open.h"

#include <netinet/tcp.h>

#include <utility>

#include "base/status_macros.h"

namespace rollport::controller {

absl::Status HalfOpen::TakeNote() {
  ASSIGN_OR_RETURN(pending_, Dump());
  noted_.clear();
  for (const os::ConnectionInfo& h : pending_) noted_.insert(h.cookie);
  return absl::OkStatus();
}

bool HalfOpen::AreOver() {
  if (noted_.empty()) return true;
  while (!pending_.empty() && IsOver(pending_.back())) pending_.pop_back();
  if (!pending_.empty()) return false;
  // By a dump, which takes locks: without them a handshake that is just being completed may be met
  // neither as half open nor in the accept queue.
  absl::StatusOr<std::vector<os::ConnectionInfo>> now = Dump();
  if (!now.ok()) return false;
  std::erase_if(*now, [this](const os::ConnectionInfo& h) { return !noted_.contains(h.cookie); });
  pending_ = *std::move(now);
  if (!pending_.empty()) return false;
  noted_.clear();
  return true;
}

bool HalfOpen::IsOver(const os::ConnectionInfo& handshake) {
  const auto found = diag_.Refind(handshake);
  return found.ok() && (!found->has_value() || (*found)->state != TCP_SYN_RECV);
}

absl::StatusOr<std::vector<os::ConnectionInfo>> HalfOpen::Dump() {
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
