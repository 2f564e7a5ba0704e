// The listeners and connections of one worker, and how they end.
#ifndef ROLLPORT_WORKER_SERVER_H_
#define ROLLPORT_WORKER_SERVER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "os/event_loop.h"
#include "os/unique_fd.h"
#include "worker/acceptor.h"
#include "worker/connection.h"
#include "worker/context.h"
#include "worker/intake.h"
#include "worker/successor.h"

namespace rollport::worker {

class Server final : public ConnectionOwner {
 public:
  // Adds `fields`, lines of a head, to every answer. Calls `on_drained` once, when a drain has
  // ended.
  Server(os::EventLoop& loop, const WorkerOptions& options, const Router& router,
         protocol::WorkerPage& page, const std::string& fields,
         const std::function<void(const Worker::AccessRecord&)>& on_access,
         std::function<void()> on_drained);
  ~Server();

  // Takes a bound socket.
  void AddListener(os::UniqueFd fd);
  // Takes the channel by which connections are handed over (protocol/handover.h).
  void SetChannel(os::UniqueFd channel);
  std::vector<std::string> addresses() const;
  absl::Status StartListening();

  // Accepts what is queued, closes the listeners, hands idle connections over where a successor is
  // known, and waits until every request under way has been answered and every connection that
  // nobody takes has had its last answer or, shortly before `timeout`, its FIN. What is under way
  // then is cut.
  void Drain(absl::Duration timeout);
  // The end, at once.
  void Abort();

  size_t connections() const { return connections_.size(); }

  void Closed(Connection* connection) override;
  void Resume(Connection* connection) override;
  void Passable(Connection* connection) override { HandOver(connection); }

 private:
  void Accepted(os::Accepted accepted);
  void Add(os::UniqueFd fd, const os::SocketAddress& peer, const protocol::Message* handed);
  bool HasRoom() const;
  void ResumeConnections();
  void Bury();
  // Looks into the queues where the kernel may have filled them without telling.
  void LookForMigrated();

  // A copy, because whatever is done with one may close any of them. A closed one is not destroyed
  // before the turn ends.
  std::vector<Connection*> AllConnections() const;

  // server_handover.cc: connections from a predecessor, and to a successor.
  void Adopt(os::UniqueFd fd, const protocol::Message& handed);
  void SetSuccessor(os::UniqueFd way);
  // Whether the next one may be tried: false where there is no successor, or it is busy.
  bool HandOver(Connection* connection);
  void HandOverAll();
  void DecideLastAnswers();

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
  std::optional<Intake> intake_;
  // All that were named, because one that has gone may be the one whose watch has called us.
  std::vector<std::unique_ptr<Successor>> successors_;
  Successor* successor_ = nullptr;  // the last one, unless it has gone
  os::Timer look_timer_;
  os::Timer close_timer_;
  os::Timer patience_timer_;  // for a successor that does not take
  os::Timer drain_timer_;
  absl::Duration drain_timeout_;
  bool end_of_drain_ = false;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_SERVER_H_
