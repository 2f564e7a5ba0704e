// Who takes the idle connections of a worker that leaves. The connections themselves go from worker
// to worker: see protocol/handover.h.
#ifndef ROLLPORT_CONTROLLER_TRAFFIC_SUCCESSORS_H_
#define ROLLPORT_CONTROLLER_TRAFFIC_SUCCESSORS_H_

#include <cstdint>
#include <map>
#include <optional>

#include "base/strong_int.h"
#include "controller/process/worker_table.h"
#include "rollout/state.h"

namespace rollport::controller {

class Successors {
 public:
  explicit Successors(WorkerTable& workers) : workers_(workers) {}

  // `worker` is about to be told to stop: names its successor to it, and another one to those whose
  // successor it was. `fleet` is the fleet from now on.
  void Retire(WorkerId worker, const rollout::Fleet& fleet);
  // `worker` has ended and is forgotten.
  void Gone(WorkerId worker, const rollout::Fleet& fleet);

 private:
  // A healthy worker that serves and takes connections: its own slot's, or else the one with the
  // smallest burden. Nullopt where there is none.
  std::optional<WorkerId> Choose(const WorkerProcess& worker, const rollout::Fleet& fleet);
  // How many connections it has, and may be given by those whose successor it is.
  uint64_t Burden(WorkerId worker);
  void Name(WorkerId worker, const rollout::Fleet& fleet);
  void ReplaceIn(WorkerId successor, const rollout::Fleet& fleet);

  WorkerTable& workers_;
  std::map<WorkerId, WorkerId> successor_of_;  // of those that are draining
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_SUCCESSORS_H_
