// The half-open handshakes that were under way at one moment, and whether they are over.
//
// The kernel does not tell which listener of a group answered a SYN. So every handshake of the
// fleet's addresses that is there when the share is taken away is waited for; new ones belong to
// other workers. A dump of them costs 100 times a look at one (os/sock_diag.h), so there is one
// dump to note them and one to be sure that they are over; in between they are looked at one by
// one.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_HALF_OPEN_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_HALF_OPEN_H_

#include <cstdint>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/traffic/steerer.h"
#include "os/sock_diag.h"

namespace rollport::controller {

class HalfOpen {
 public:
  // Both are borrowed. Nothing is noted yet.
  HalfOpen(os::SockDiag& diag, const Steerer& steerer) : diag_(diag), steerer_(steerer) {}

  // Notes the handshakes of the fleet's addresses that are half open now, in place of those noted
  // before. On an error the former ones stay.
  absl::Status TakeNote();
  // Forgets what is noted.
  void Forget() { noted_.clear(); }
  // True if every noted handshake has become a connection or is gone. False also if the kernel's
  // table cannot be read.
  bool AreOver();

 private:
  absl::StatusOr<std::vector<os::ConnectionInfo>> Dump();
  bool IsOver(const os::ConnectionInfo& handshake);

  os::SockDiag& diag_;
  const Steerer& steerer_;
  std::set<uint64_t> noted_;                 // cookies; empty when all are over
  std::vector<os::ConnectionInfo> pending_;  // those of `noted_` not seen to be over
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_HALF_OPEN_H_
