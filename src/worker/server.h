// The listeners and connections of one worker, and how they end.
#ifndef ROLLPORT_WORKER_SERVER_H_
#define ROLLPORT_WORKER_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "worker/acceptor.h"
#include "worker/connection.h"
#include "worker/context.h"

namespace rollport::worker {

class Server final : public ConnectionOwner {
 public:
  // Adds `fields`, lines of a head, to every answer. Calls `on_drained` once, when a drain has
  // ended.
  Server(os::EventLoop& loop, const WorkerOptions& options, const Router& router,
         metrics::WorkerPage& page, const std::string& fields,
         const std::function<void(const Worker::AccessRecord&)>& on_access,
         std::function<void()> on_drained);
  ~Server();

  // Takes a bound socket.
  void AddListener(os::UniqueFd fd);
  std::vector<std::string> addresses() const;
  absl::Status StartListening();

  // Accepts what is queued, closes the listeners, and waits until every request under way has been
  // answered and every idle connection has had its last answer or, shortly before `timeout`, its
  // FIN. What is under way then is cut.
  void Drain(absl::Duration timeout);
  // The end, at once.
  void Abort();

  size_t connections() const { return connections_.size(); }

  void Closed(Connection* connection) override;
  void Resume(Connection* connection) override;

 private:
  void Accepted(os::Accepted accepted);
  bool HasRoom() const;
  void ResumeConnections();
  void Bury();
  // Looks into the queues where the kernel may have filled them without telling.
  void LookForMigrated();

  // A copy, because whatever is done with one may close any of them. A closed one is not destroyed
  // before the turn ends.
  std::vector<Connection*> AllConnections() const;

  void CloseListeners();
  // Every idle connection gets its FIN, every other is cut.
  void EndDrain();
  void CheckDrained();

  const WorkerOptions& options_;
  std::function<void()> on_drained_;
  Context context_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::vector<std::unique_ptr<Connection>> connections_;
  // Closed ones, until they are off the stack.
  std::vector<std::unique_ptr<Connection>> dead_;
  std::vector<Connection*> resuming_;
  os::Timer look_timer_;
  os::Timer close_timer_;
  os::Timer drain_timer_;
  absl::Duration drain_timeout_;
  bool end_of_drain_ = false;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_SERVER_H_
