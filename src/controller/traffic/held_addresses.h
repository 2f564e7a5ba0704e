// The addresses that a fleet has, also while a roll changes them.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_HELD_ADDRESSES_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_HELD_ADDRESSES_H_

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "controller/process/releases.h"
#include "controller/traffic/steerer.h"
#include "os/address.h"
#include "os/process_settings.h"
#include "os/sock_diag.h"
#include "os/unique_fd.h"
#include "rollout/state.h"

namespace rollport::controller {

// Holds each address by a socket that is bound and never listens: it keeps the port for this user
// while no worker listens. Every held address has its group in the steerer.
class HeldAddresses {
 public:
  // Both are borrowed.
  HeldAddresses(os::SockDiag& diag, Steerer& steerer) : diag_(diag), steerer_(steerer) {}

  // Holds those of `addresses` that are not held yet, as `owner` (see Reserve). To be called before
  // a worker that listens there is launched. On an error, which names the process that holds the
  // address, nothing has changed.
  absl::Status Hold(const std::vector<os::SocketAddress>& addresses,
                    const std::optional<os::Credentials>& owner);
  // Releases every held address that is not in `wanted`.
  void KeepOnly(const std::set<os::SocketAddress>& wanted);

 private:
  os::SockDiag& diag_;
  Steerer& steerer_;
  std::map<os::SocketAddress, os::UniqueFd> held_;
};

// The addresses of every generation that the fleet runs, is rolled to or from, or has a worker of
// that still listens. REQUIRES: these generations are kept.
std::set<os::SocketAddress> NeededAddresses(const rollout::Fleet& fleet, const Releases& releases);

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_HELD_ADDRESSES_H_
