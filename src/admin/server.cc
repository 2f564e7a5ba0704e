#include "admin/server.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollport::admin {
namespace {

// So that a flood of clients takes a part of the controller's time only: some 3000 in a second, at
// some 20 us each.
constexpr int kAcceptsAtOnce = 16;
constexpr absl::Duration kPace = absl::Milliseconds(5);
// Out of descriptors or memory: the client stays in the queue, and we come back to it.
constexpr absl::Duration kShortage = absl::Milliseconds(100);

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(os::EventLoop& loop, os::UniqueFd listener,
                                                      Limits limits, Service service, Gate gate) {
  std::unique_ptr<Server> server(
      new Server(loop, std::move(listener), limits, std::move(service), std::move(gate)));
  RETURN_IF_ERROR(server->watch_.Set(EPOLLIN));
  return server;
}

Server::Server(os::EventLoop& loop, os::UniqueFd listener, Limits limits, Service service,
               Gate gate)
    : loop_(loop),
      limits_(limits),
      service_(std::move(service)),
      gate_(std::move(gate)),
      listener_(std::move(listener)),
      watch_(loop, listener_.get(), [this](uint32_t) { AcceptSome(); }),
      accept_again_(loop, [this] { (void)watch_.Set(EPOLLIN); }) {}

void Server::AcceptSome() {
  absl::Duration pause = kPace;
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    os::UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      Admit(std::move(fd));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      pause = kShortage;
      break;
    }
  }
  (void)watch_.Set(0);
  accept_again_.After(pause);
}

size_t Server::Open() const {
  return static_cast<size_t>(std::count_if(connections_.begin(), connections_.end(),
                                           [](const auto& c) { return !c.second->over(); }));
}

bool Server::MakeRoom() {
  Connection* longest = nullptr;
  for (const auto& [id, connection] : connections_) {
    if (connection->over() || connection->waiting_since().is_never()) continue;
    if (longest == nullptr || connection->waiting_since() < longest->waiting_since()) {
      longest = connection.get();
    }
  }
  if (longest == nullptr) return false;
  longest->Close();
  return true;
}

void Server::Admit(os::UniqueFd fd) {
  const std::string refusal = gate_ ? gate_(fd.get()) : "";
  const bool full = Open() >= limits_.max_connections && !(limits_.make_room && MakeRoom());
  // Those who are refused get an answer, but cannot take more room than those who are not.
  if (connections_.size() >= 2 * limits_.max_connections) return;
  const int64_t id = ++last_connection_;
  auto closed = [this, id, self = std::weak_ptr(self_)] {
    loop_.Defer([self, id] {
      if (const auto server = self.lock()) (*server)->connections_.erase(id);
    });
  };
  auto made = std::make_unique<Connection>(loop_, std::move(fd), limits_, service_, closed);
  Connection& connection = *made;
  connections_.emplace(id, std::move(made));
  if (!refusal.empty()) {
    connection.Refuse(403, refusal);
  } else if (full) {
    connection.Refuse(503, absl::StrCat("there are ", limits_.max_connections, " clients already"));
  } else {
    connection.Begin();
  }
}

}  // namespace rollport::admin
