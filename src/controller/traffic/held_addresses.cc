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
    steerer_.Add(fresh[i]);
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

}  // namespace rollport::controller
