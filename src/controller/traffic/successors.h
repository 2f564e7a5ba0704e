// Which worker takes the idle connections of one that leaves. The connections themselves go from
// worker to worker: see protocol/handover.h.
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
  // `workers` is borrowed.
  explicit Successors(WorkerTable& workers) : workers_(workers) {}

  // `worker` is about to be told to stop: names its successor to it, and another successor to each
  // worker whose successor it was. `fleet` is the fleet from now on.
  void Retire(WorkerId worker, const rollout::Fleet& fleet);
  // `worker` has ended, and is not in the table of workers any more: names another successor to
  // each worker whose successor it was.
  void Gone(WorkerId worker, const rollout::Fleet& fleet);

 private:
  // A healthy worker that serves and takes connections: that of the same slot, or else the one with
  // the smallest burden. nullopt if there is none.
  std::optional<WorkerId> Choose(const WorkerProcess& worker, const rollout::Fleet& fleet);
  // How many connections it has, and may yet be given by the workers whose successor it is.
  uint64_t Burden(WorkerId worker);
  void Name(WorkerId worker, const rollout::Fleet& fleet);
  void ReplaceIn(WorkerId successor, const rollout::Fleet& fleet);

  WorkerTable& workers_;
  std::map<WorkerId, WorkerId> successor_of_;  // of each draining worker
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_TRAFFIC_SUCCESSORS_H_
