// The connections of one worker: owns them, gives each its turn, and destroys the closed ones when
// they are off the stack.
#ifndef ROLLPORT_WORKER_CONNECTION_SET_H_
#define ROLLPORT_WORKER_CONNECTION_SET_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "os/address.h"
#include "os/unique_fd.h"
#include "protocol/handover.h"
#include "worker/connection.h"
#include "worker/context.h"

namespace rollport::worker {

class ConnectionSet final : public ConnectionOwner {
 public:
  // Calls `on_room` after closed connections have been destroyed, when their descriptors and places
  // are free; and `on_passable` with a connection that a successor could take, in a drain.
  ConnectionSet(Context& context, std::function<void()> on_room,
                std::function<void(Connection*)> on_passable);
  ConnectionSet(const ConnectionSet&) = delete;
  ConnectionSet& operator=(const ConnectionSet&) = delete;
  // Closes those that are open.
  ~ConnectionSet();

  // Adds one that was accepted, or handed over by a predecessor that described it in `handed`.
  Connection* Add(os::UniqueFd fd, const os::SocketAddress& peer, const protocol::Message* handed);

  // The open ones.
  size_t size() const { return open_.size(); }
  // REQUIRES: `index` < size().
  Connection* at(size_t index) const { return open_[index].get(); }
  // A copy, because any call to one may close any of them. A closed one lives until the turn ends.
  std::vector<Connection*> All() const;
  // None is open, and every closed one is destroyed.
  bool empty() const { return open_.empty() && closed_.empty(); }
  void CloseAll();

  void Closed(Connection* connection) override;
  void Resume(Connection* connection) override;
  void Passable(Connection* connection) override { on_passable_(connection); }

 private:
  void ResumeDue();
  void Bury();

  Context& context_;
  const std::function<void()> on_room_;
  const std::function<void(Connection*)> on_passable_;
  std::vector<std::unique_ptr<Connection>> open_;    // each knows its index
  std::vector<std::unique_ptr<Connection>> closed_;  // until Bury()
  std::vector<Connection*> due_;                     // to be resumed at the end of the turn
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_CONNECTION_SET_H_
