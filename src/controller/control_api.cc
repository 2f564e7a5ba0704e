#include "controller/control_api.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "controller/control_json.h"
#include "os/unix_socket.h"

namespace rollport::controller {
namespace {

ControlResponse Error(int status, std::string_view message) {
  return {.status = status, .body = ErrorJson(message, std::nullopt)};
}

ControlResponse WrongMethod(std::string allow) {
  ControlResponse response = Error(405, absl::StrCat("only ", allow, " is allowed here"));
  response.allow = std::move(allow);
  return response;
}

bool IsGet(const ControlRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

}  // namespace

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
  auto handler = [this](const ControlRequest& request) { return Handle(request); };
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

ControlResponse ControlApi::Handle(const ControlRequest& request) {
  const std::string_view target = request.target;
  const size_t mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  const std::string_view query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  if (path == "/v1/events") return IsGet(request) ? HandleEvents(query) : WrongMethod("GET, HEAD");
  if (!query.empty()) return Error(400, absl::StrCat("unknown query ", ToAbsl(query)));
  if (path == "/v1/status") {
    if (!IsGet(request)) return WrongMethod("GET, HEAD");
    return {.status = 200, .body = ToJson(backend_.Status())};
  }
  if (path == "/v1/roll")
    return request.method == "POST" ? HandleRoll(request) : WrongMethod("POST");
  if (path == "/v1/stop") {
    if (request.method != "POST") return WrongMethod("POST");
    backend_.Stop();
    return {.status = 202, .body = "{\"stopping\":true}"};
  }
  return Error(404, absl::StrCat("there is no ", ToAbsl(path)));
}

ControlResponse ControlApi::HandleRoll(const ControlRequest& request) {
  auto command = ParseRollRequest(request.body);
  if (!command.ok()) return Error(400, ToStd(command.status().message()));
  const absl::StatusOr<int64_t> roll = backend_.Roll({.command = *std::move(command)});
  if (roll.ok()) return {.status = 202, .body = RollAcceptedJson(*roll)};
  const std::string_view message = ToStd(roll.status().message());
  switch (roll.status().code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
      return Error(400, message);
    case absl::StatusCode::kFailedPrecondition:
      return {.status = 409, .body = ErrorJson(message, backend_.Status().roll)};
    default:
      return Error(500, message);
  }
}

ControlResponse ControlApi::HandleEvents(std::string_view query) {
  if (query.empty()) return {.follow = 0};
  int64_t roll = 0;
  if (query.substr(0, 5) != "roll=" || !absl::SimpleAtoi(ToAbsl(query.substr(5)), &roll) ||
      roll <= 0) {
    return Error(400, absl::StrCat("unknown query ", ToAbsl(query)));
  }
  if (!backend_.events().Knows(roll))
    return Error(404, absl::StrCat("nothing is known of roll ", roll));
  return {.follow = roll};
}

}  // namespace rollport::controller
