// The listeners and connections of one worker, and how they end.
#ifndef ROLLPORT_WORKER_SERVER_H_
#define ROLLPORT_WORKER_SERVER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "worker/connection_set.h"
#include "worker/context.h"
#include "worker/handover.h"
#include "worker/listeners.h"

namespace rollport::worker {

class Server {
 public:
  // Adds `fields`, lines of a head, to every answer. Calls `on_drained` once, when a drain has
  // ended; it may stop the loop, but not destroy the server. REQUIRES: all references outlive it.
  Server(os::EventLoop& loop, const WorkerOptions& options, const Router& router,
         protocol::WorkerPage& page, const std::string& fields,
         const std::function<void(const Worker::AccessRecord&)>& on_access,
         std::function<void()> on_drained);
  // Closes every connection.
  ~Server();

  // REQUIRES: a bound TCP socket, non-blocking; StartListening() has not been called.
  void AddListener(os::UniqueFd fd) { listeners_.Add(std::move(fd)); }
  // The channel over which connections are handed over (protocol/handover.h). As AddListener().
  void SetChannel(os::UniqueFd channel) { handover_.SetChannel(std::move(channel)); }
  std::vector<std::string> addresses() const { return listeners_.addresses(); }
  absl::Status StartListening();

  // Accepts what is queued and closes the listeners; hands idle connections over if there is a
  // successor; and waits until every request under way has been answered, and every connection that
  // no successor takes has had its last answer or, shortly before `timeout`, its FIN. What is still
  // under way then is cut; an answer that is complete has a moment more to be taken by its client,
  // and the kernel goes on with what it holds of it.
  void Drain(absl::Duration timeout);
  // Cuts what is under way, and ends the drain at once, or in some milliseconds.
  void Abort();

 private:
  bool HasRoom() const;
  // Connections have been closed: their descriptors and places are free.
  void OnRoom();
  void CloseListeners();
  // Every idle connection gets its FIN, every other one is cut, except those that are sending.
  void EndDrain();
  // Answers what is waiting, and idle connections get their FIN. False if some are still queued,
  // because descriptors are short.
  bool LookAgain();
  void CutUnderWay();
  // Closes what is left, and ends the drain.
  void Leave();
  void CheckDrained();

  std::function<void()> on_drained_;  // null once it has been called
  Context context_;
  ConnectionSet connections_;
  Listeners listeners_;
  Handover handover_;
  os::Timer close_timer_;  // for what could not be closed for want of descriptors
  os::Timer drain_timer_;
  absl::Duration drain_timeout_;
  bool leaving_ = false;  // Leave() is next
  Instant leave_by_;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_SERVER_H_
