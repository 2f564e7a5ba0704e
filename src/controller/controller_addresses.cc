// The addresses that the fleet has, while a roll changes them too.
#include <set>
#include <utility>

#include "base/status_macros.h"
#include "controller/controller.h"
#include "controller/traffic/reserve.h"

namespace rollport::controller {

absl::Status Controller::HoldAddresses(const Release& release) {
  std::vector<os::SocketAddress> fresh;
  for (const os::SocketAddress& address : release.listen) {
    if (!held_.contains(address)) fresh.push_back(address);
  }
  ASSIGN_OR_RETURN(std::vector<os::UniqueFd> bound,
                   Reserve(diag_, fresh, release.settings.process.credentials));
  for (size_t i = 0; i < fresh.size(); ++i) {
    held_.emplace(fresh[i], std::move(bound[i]));
    steerer_.Add(fresh[i]);
  }
  return absl::OkStatus();
}

void Controller::LetAddressesGo() {
  const rollout::Fleet& fleet = plan_.view();
  std::set<GenerationId> here = {fleet.generation};
  if (fleet.roll.has_value()) here.insert({fleet.roll->from, fleet.roll->to});
  // Those that only drain do not listen any more.
  for (const auto& [id, worker] : fleet.workers) {
    if (worker.listening) here.insert(worker.generation);
  }
  std::set<os::SocketAddress> wanted;
  for (const GenerationId generation : here) {
    const Release& release = releases_.at(generation);
    wanted.insert(release.listen.begin(), release.listen.end());
  }
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
