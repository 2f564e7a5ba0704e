// How many connections a worker holds, as the kernel and /proc tell: for workers that do not count
// them themselves.
#ifndef ROLLPORT_CONTROLLER_ACCOUNTS_HELD_CONNECTIONS_H_
#define ROLLPORT_CONTROLLER_ACCOUNTS_HELD_CONNECTIONS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_set>
#include <vector>

#include "absl/status/statusor.h"
#include "base/instant.h"
#include "base/strong_int.h"
#include "controller/process/worker_table.h"
#include "controller/traffic/steerer.h"
#include "os/sock_diag.h"

namespace rollport::controller {

class HeldConnections {
 public:
  // All references are borrowed.
  HeldConnections(os::SockDiag& diag, const WorkerTable& workers, const Steerer& steerer)
      : diag_(diag), workers_(workers), steerer_(steerer) {}

  // Counts anew for the workers that keep no page and were counted a second ago or longer: first
  // those that were never counted, then by age. One that holds ten thousand connections takes some
  // ten milliseconds, so what is not done after 5 ms (50 ms for those never counted) is left for
  // the next call.
  void Refresh(Instant now);
  // The accepted connections of the fleet's ports, those of probes included, that the worker's
  // processes hold; one that several of them hold counts once. nullopt if they could not be looked
  // at.
  std::optional<int64_t> Of(WorkerId worker) const;

 private:
  struct Count {
    std::optional<int64_t> connections;
    Instant taken;
  };
  // The workers that are due, and forgets those that are gone.
  std::vector<const WorkerProcess*> Due(Instant now);
  // The inodes of all accepted connections of the fleet's ports.
  absl::StatusOr<std::unordered_set<uint64_t>> Accepted();

  os::SockDiag& diag_;
  const WorkerTable& workers_;
  const Steerer& steerer_;
  std::map<WorkerId, Count> counts_;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ACCOUNTS_HELD_CONNECTIONS_H_
