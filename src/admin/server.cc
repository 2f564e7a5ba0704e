#include "admin/server.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollport::admin {
namespace {

using Connections = std::vector<std::unique_ptr<Connection>>;

// How many are not over yet.
size_t CountOpen(const Connections& connections) {
  return static_cast<size_t>(std::count_if(connections.begin(), connections.end(),
                                           [](const auto& c) { return !c->over(); }));
}

// Closes the connection that has waited longest for its client's next request. False if none
// waits.
bool MakeRoom(const Connections& connections) {
  Connection* longest = nullptr;
  for (const auto& connection : connections) {
    if (connection->over() || connection->waiting_since().is_never()) continue;
    if (longest == nullptr || connection->waiting_since() < longest->waiting_since()) {
      longest = connection.get();
    }
  }
  if (longest == nullptr) return false;
  longest->Close();
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(os::EventLoop& loop, os::UniqueFd listener,
                                                      Limits limits, Service service, Gate gate) {
  std::unique_ptr<Server> server(
      new Server(loop, std::move(listener), limits, std::move(service), std::move(gate)));
  RETURN_IF_ERROR(server->acceptor_.Start());
  return server;
}

Server::Server(os::EventLoop& loop, os::UniqueFd listener, Limits limits, Service service,
               Gate gate)
    : loop_(loop),
      limits_(limits),
      service_(std::move(service)),
      gate_(std::move(gate)),
      acceptor_(loop, std::move(listener), [this](os::UniqueFd fd) { Admit(std::move(fd)); }),
      sweep_(loop) {}

void Server::Admit(os::UniqueFd fd) {
  const std::string refusal = gate_ ? gate_(fd.get()) : "";
  const bool full = CountOpen(connections_) >= limits_.max_connections &&
                    !(limits_.make_room && MakeRoom(connections_));
  // Refused clients get an answer, but cannot take more room than the others.
  if (connections_.size() >= 2 * limits_.max_connections) return;
  const auto closed = [this] {
    sweep_.Call([this] { std::erase_if(connections_, [](const auto& c) { return c->over(); }); });
  };
  connections_.push_back(
      std::make_unique<Connection>(loop_, std::move(fd), limits_, service_, closed));
  Connection& connection = *connections_.back();
  if (!refusal.empty()) {
    connection.Refuse(403, refusal);
  } else if (full) {
    connection.Refuse(503, absl::StrCat("there are ", limits_.max_connections, " clients already"));
  } else {
    connection.Begin();
  }
}

}  // namespace rollport::admin
