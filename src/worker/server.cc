#include "worker/server.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"

namespace rollport::worker {
namespace {

constexpr size_t kScratch = 64 << 10;

// How soon a drain tries again to take what is queued, if descriptors are short.
constexpr absl::Duration kCloseAgain = absl::Milliseconds(20);

// The drain ends this much before its time-out, so that a controller that kills the worker at the
// time-out comes too late.
absl::Duration EarlyBy(absl::Duration timeout) {
  return std::min(timeout / 10, absl::Milliseconds(500));
}

}  // namespace

Server::Server(os::EventLoop& loop, const WorkerOptions& options, const Router& router,
               protocol::WorkerPage& page, const std::string& fields,
               const std::function<void(const Worker::AccessRecord&)>& on_access,
               std::function<void()> on_drained)
    : on_drained_(std::move(on_drained)),
      context_{.loop = loop,
               .options = options,
               .limits = TimeLimits(options),
               .router = router,
               .page = page,
               .fields = fields,
               .on_access = on_access,
               .pool = {},
               .scratch = std::vector<char>(std::max<size_t>(kScratch, 2 * options.max_head_bytes)),
               .date = {},
               .batches = {}},
      connections_(
          context_, [this] { OnRoom(); },
          [this](Connection* connection) { handover_.Pass(connection); }),
      listeners_(
          loop, [this](os::Accepted a) { connections_.Add(std::move(a.fd), a.peer, nullptr); },
          [this] { return HasRoom(); }),
      handover_(context_, connections_, [this] { return HasRoom(); }),
      close_timer_(loop, [this] { CloseListeners(); }),
      drain_timer_(loop, [this] { EndDrain(); }) {}

// Before any member goes: the callbacks of aborted requests may still call all of them.
Server::~Server() { connections_.CloseAll(); }

absl::Status Server::StartListening() {
  RETURN_IF_ERROR(listeners_.Start());
  handover_.Start();
  return absl::OkStatus();
}

// In a drain connections are only passing through.
bool Server::HasRoom() const {
  return context_.draining || connections_.size() < context_.options.max_connections;
}

void Server::OnRoom() {
  listeners_.Resume();
  handover_.Resume();
  CheckDrained();
}

void Server::Drain(absl::Duration timeout) {
  context_.draining = true;
  drain_timeout_ = timeout;
  drain_timer_.After(timeout - EarlyBy(timeout));
  // Half of the time is left for the connections that the successor has not taken.
  handover_.BeginDrain(timeout / 2);
  CloseListeners();
  handover_.PassAll();
  // The controller's own kept connection is not waited for.
  for (Connection* connection : connections_.All()) {
    if (connection->probe() && connection->idle()) connection->Close();
  }
  CheckDrained();
}

void Server::CloseListeners() {
  if (!listeners_.Close()) close_timer_.After(kCloseAgain);
  CheckDrained();
}

void Server::EndDrain() {
  if (end_of_drain_) return Abort();
  end_of_drain_ = true;
  close_timer_.Cancel();
  handover_.CloseIntake();
  const std::vector<Connection*> all = connections_.All();
  for (Connection* connection : all) {
    if (connection->idle()) connection->EndIdle();
  }
  for (Connection* connection : all) {
    if (connection->under_way()) connection->Cut();
  }
  // What is left has had its FIN; a request that crosses it is read and not answered.
  drain_timer_.After(EarlyBy(drain_timeout_) / 2);
  CheckDrained();
}

void Server::Abort() {
  for (Connection* connection : connections_.All()) {
    if (connection->under_way()) connection->Cut();
  }
  if (auto drained = std::exchange(on_drained_, nullptr)) drained();
}

void Server::CheckDrained() {
  if (!context_.draining || !connections_.empty() || !on_drained_) return;
  if (!listeners_.closed() && !end_of_drain_) return;
  // What a predecessor has sent until now is served, and it learns that no more is taken.
  if (!handover_.CloseIntake() && !end_of_drain_) return close_timer_.After(kCloseAgain);
  if (connections_.empty()) std::exchange(on_drained_, nullptr)();
}

}  // namespace rollport::worker
