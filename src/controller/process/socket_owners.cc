#include "controller/process/socket_owners.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "os/proc.h"

namespace rollport::controller {

const SocketOwners::Sockets& SocketOwners::Read(WorkerId worker) {
  const auto [it, fresh] = read_.try_emplace(worker);
  const WorkerProcess* process = fresh ? workers_.Find(worker) : nullptr;
  if (process == nullptr) return it->second;
  for (const pid_t pid : process->Pids()) {
    const absl::StatusOr<std::vector<os::ProcessSocket>> sockets = os::Sockets(pid);
    if (!sockets.ok()) continue;
    for (const os::ProcessSocket& s : *sockets) {
      it->second.try_emplace(s.inode, SocketOwner{worker, pid, s.fd});
    }
  }
  return it->second;
}

void SocketOwners::PlanSearch() {
  const std::vector<WorkerId> last = unlikely_ ? unlikely_() : std::vector<WorkerId>();
  const auto is_unlikely = [&last](WorkerId id) { return std::ranges::binary_search(last, id); };
  to_search_.emplace();
  for (const auto& [id, process] : workers_.all()) {
    if (is_unlikely(id)) to_search_->push_back(id);
  }
  for (auto it = workers_.all().rbegin(); it != workers_.all().rend(); ++it) {
    if (!is_unlikely(it->first)) to_search_->push_back(it->first);
  }
}

std::optional<SocketOwner> SocketOwners::In(WorkerId worker, uint64_t inode) {
  const Sockets& sockets = Read(worker);
  const auto it = sockets.find(inode);
  return it == sockets.end() ? std::nullopt : std::optional(it->second);
}

std::optional<SocketOwner> SocketOwners::Of(uint64_t inode) {
  if (!to_search_.has_value()) PlanSearch();
  while (!found_.contains(inode) && !to_search_->empty()) {
    const Sockets& sockets = Read(to_search_->back());
    to_search_->pop_back();
    found_.insert(sockets.begin(), sockets.end());
  }
  const auto it = found_.find(inode);
  return it == found_.end() ? std::nullopt : std::optional(it->second);
}

}  // namespace rollport::controller
