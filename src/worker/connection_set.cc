#include "worker/connection_set.h"

#include <utility>

#include "base/check.h"

namespace rollport::worker {

ConnectionSet::ConnectionSet(Context& context, std::function<void()> on_room,
                             std::function<void(Connection*)> on_passable)
    : context_(context), on_room_(std::move(on_room)), on_passable_(std::move(on_passable)) {}

ConnectionSet::~ConnectionSet() { CloseAll(); }

Connection* ConnectionSet::Add(os::UniqueFd fd, const os::SocketAddress& peer,
                               const protocol::Message* handed) {
  open_.push_back(std::make_unique<Connection>(context_, *this, std::move(fd), peer, handed));
  Connection* const connection = open_.back().get();
  connection->index = open_.size() - 1;
  connection->Begin();
  return connection;
}

std::vector<Connection*> ConnectionSet::All() const {
  std::vector<Connection*> all;
  for (const auto& connection : open_) all.push_back(connection.get());
  return all;
}

void ConnectionSet::CloseAll() {
  while (!open_.empty()) open_.back()->Close();
}

void ConnectionSet::Closed(Connection* connection) {
  if (std::exchange(connection->resuming, false)) std::erase(due_, connection);
  const size_t index = connection->index;
  RP_CHECK(open_[index].get() == connection, "a connection is where it says it is");
  if (closed_.empty()) context_.loop.Defer([this] { Bury(); });
  closed_.push_back(std::move(open_[index]));
  open_[index] = std::move(open_.back());
  open_.pop_back();
  if (index < open_.size()) open_[index]->index = index;
}

void ConnectionSet::Bury() {
  closed_.clear();
  on_room_();
}

void ConnectionSet::Resume(Connection* connection) {
  if (std::exchange(connection->resuming, true)) return;
  if (due_.empty()) context_.loop.Defer([this] { ResumeDue(); });
  due_.push_back(connection);
}

void ConnectionSet::ResumeDue() {
  // One that closes meanwhile is not destroyed before Bury(), and pumping it does nothing.
  const std::vector<Connection*> due = std::exchange(due_, {});
  for (Connection* connection : due) {
    connection->resuming = false;
    connection->Pump();
  }
}

}  // namespace rollport::worker
