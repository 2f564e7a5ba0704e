// The controller's end of a worker's channel: see protocol/handover.h.
#ifndef ROLLPORT_CONTROLLER_PROCESS_WORKER_CHANNEL_H_
#define ROLLPORT_CONTROLLER_PROCESS_WORKER_CHANNEL_H_

#include "os/unique_fd.h"

namespace rollport::controller {

class WorkerChannel {
 public:
  // `fd` may be invalid: then the worker never takes connections.
  explicit WorkerChannel(os::UniqueFd fd);
  WorkerChannel(const WorkerChannel&) = delete;
  WorkerChannel& operator=(const WorkerChannel&) = delete;
  ~WorkerChannel();

  int fd() const { return fd_.get(); }
  // True if the worker has said that it takes connections. Reads what it has sent, until it says
  // so: after that, predecessors are given this end too.
  bool TakesConnections();
  // The worker has ended. No connection may be sent any more, because no process would take it. A
  // duplicate is closed too: predecessors have some, and a child of the worker that has escaped may
  // keep the other end open.
  void Close();

 private:
  os::UniqueFd fd_;
  bool takes_connections_ = false;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_PROCESS_WORKER_CHANNEL_H_
