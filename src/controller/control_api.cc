#include "controller/control_api.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/control_routes.h"
#include "os/unix_socket.h"

namespace rollport::controller {

absl::StatusOr<std::unique_ptr<ControlApi>> ControlApi::Start(os::EventLoop& loop,
                                                              os::UniqueFd listener,
                                                              Backend& backend,
                                                              ControlLimits limits) {
  std::unique_ptr<ControlApi> api(new ControlApi(loop, std::move(listener), backend, limits));
  RETURN_IF_ERROR(api->watch_.Set(EPOLLIN));
  return api;
}

ControlApi::ControlApi(os::EventLoop& loop, os::UniqueFd listener, Backend& backend,
                       ControlLimits limits)
    : loop_(loop),
      backend_(backend),
      limits_(limits),
      listener_(std::move(listener)),
      watch_(loop, listener_.get(), [this](uint32_t) { AcceptAll(); }),
      accept_again_(loop, [this] { (void)watch_.Set(EPOLLIN); }) {}

void ControlApi::AcceptAll() {
  while (true) {
    os::UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      Admit(std::move(fd));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      // Out of descriptors or memory: the client stays in the queue, and we come back to it.
      (void)watch_.Set(0);
      accept_again_.After(absl::Milliseconds(100));
      return;
    }
  }
}

void ControlApi::Admit(os::UniqueFd fd) {
  const absl::StatusOr<ucred> peer = os::PeerCredentials(fd.get());
  const bool known = peer.ok() && (peer->uid == geteuid() || peer->uid == 0);
  const bool full = connections_.size() >= limits_.max_connections;
  // Those who are refused get an answer, but cannot take more room than those who are not.
  if (connections_.size() >= 2 * limits_.max_connections) return;
  const int64_t id = ++last_connection_;
  auto closed = [this, id, self = std::weak_ptr(self_)] {
    loop_.Defer([self, id] {
      if (const auto api = self.lock()) (*api)->connections_.erase(id);
    });
  };
  auto handler = [this](const ControlRequest& request) { return HandleControl(backend_, request); };
  auto connection = std::make_unique<ControlConnection>(loop_, std::move(fd), limits_,
                                                        backend_.events(), handler, closed);
  ControlConnection& admitted = *connection;
  connections_.emplace(id, std::move(connection));
  if (!known) {
    admitted.Refuse(403, "only root and the controller's own user may ask");
  } else if (full) {
    admitted.Refuse(503, absl::StrCat("there are ", limits_.max_connections, " clients already"));
  }
}

}  // namespace rollport::controller
