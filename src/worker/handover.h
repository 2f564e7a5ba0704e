// Passes connections from one worker to the next: a predecessor's come in, and in a drain this
// worker's go to its successor. The messages are those of protocol/handover.h.
#ifndef ROLLPORT_WORKER_HANDOVER_H_
#define ROLLPORT_WORKER_HANDOVER_H_

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "protocol/handover.h"
#include "worker/connection_set.h"
#include "worker/context.h"
#include "worker/intake.h"
#include "worker/successor.h"

namespace rollport::worker {

class Handover {
 public:
  // Without SetChannel() there are neither predecessors nor a successor, and every call is
  // harmless. `has_room` says whether one more connection is wanted. Decides
  // `context.last_answers`.
  Handover(Context& context, ConnectionSet& connections, std::function<bool()> has_room);

  // REQUIRES: called once at most, before Start().
  void SetChannel(os::UniqueFd channel);
  // Tells the controller that connections are taken from here on.
  void Start();
  // There is room again.
  void Resume();

  // For a drain. Learns who the successor is, if that has been sent; from here on answers say
  // "Connection: close" while there is no successor, and in any case when `patience` is over.
  // REQUIRES: `context.draining`.
  void BeginDrain(absl::Duration patience);
  // Passes `connection` if it is passable. True if another one may be tried: there is a successor,
  // and it is not busy.
  bool Pass(Connection* connection);
  void PassAll();
  // Takes no more from predecessors. False if messages are still queued, because descriptors are
  // short: call again.
  bool CloseIntake();

 private:
  void Take(os::UniqueFd fd, const protocol::Message& handed);
  void SetSuccessor(os::UniqueFd channel);
  void DecideLastAnswers();

  Context& context_;
  ConnectionSet& connections_;
  const std::function<bool()> has_room_;
  std::optional<Intake> intake_;
  // All that were named, because one that has gone may be the one whose watch has called us.
  std::vector<std::unique_ptr<Successor>> successors_;
  Successor* successor_ = nullptr;  // the last one, unless it has gone
  os::Timer patience_timer_;        // for a successor that takes nothing
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_HANDOVER_H_
