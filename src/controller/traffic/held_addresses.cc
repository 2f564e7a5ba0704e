#include "controller/traffic/held_addresses.h"

#include <utility>

#include "base/status_macros.h"
#include "controller/traffic/reserve.h"

namespace rollport::controller {

absl::Status HeldAddresses::Hold(const std::vector<os::SocketAddress>& addresses,
                                 const std::optional<os::Credentials>& owner) {
  std::vector<os::SocketAddress> fresh;
  for (const os::SocketAddress& address : addresses) {
    if (!held_.contains(address)) fresh.push_back(address);
  }
  ASSIGN_OR_RETURN(std::vector<os::UniqueFd> bound, Reserve(diag_, fresh, owner));
  for (size_t i = 0; i < fresh.size(); ++i) {
    held_.emplace(fresh[i], std::move(bound[i]));
    steerer_.Add(fresh[i], owner);
  }
  return absl::OkStatus();
}

void HeldAddresses::KeepOnly(const std::set<os::SocketAddress>& wanted) {
  for (auto it = held_.begin(); it != held_.end();) {
    if (wanted.contains(it->first)) {
      ++it;
      continue;
    }
    steerer_.Remove(it->first);
    it = held_.erase(it);
  }
}

std::set<os::SocketAddress> NeededAddresses(const rollout::Fleet& fleet, const Releases& releases) {
  std::set<GenerationId> here = {fleet.generation};
  if (fleet.roll.has_value()) here.insert({fleet.roll->from, fleet.roll->to});
  // A worker that only drains does not listen any more.
  for (const auto& [id, worker] : fleet.workers) {
    if (worker.listening) here.insert(worker.generation);
  }
  std::set<os::SocketAddress> needed;
  for (const GenerationId generation : here) {
    const Release& release = releases.at(generation);
    needed.insert(release.listen.begin(), release.listen.end());
  }
  return needed;
}

}  // namespace rollport::controller
