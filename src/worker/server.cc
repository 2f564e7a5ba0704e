#include "worker/server.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"

namespace rollport::worker {
namespace {

constexpr size_t kScratch = 64 << 10;

// How soon a drain tries again to take what is queued, if descriptors are short.
constexpr absl::Duration kCloseAgain = absl::Milliseconds(20);

// Far longer than the kernel takes for a packet that it is just receiving; and how soon those that
// have been cut have given their descriptors back.
constexpr absl::Duration kMoment = absl::Milliseconds(5);

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
  if (leaving_) return Leave();
  if (context_.end_of_drain) return Abort();
  LookAgain();
  for (Connection* connection : connections_.All()) {
    if (connection->under_way() && !connection->sending()) connection->Cut();
  }
  // What is left has had its FIN or its last answer; a request that crosses it is read and not
  // answered.
  drain_timer_.After(EarlyBy(drain_timeout_) / 2);
  CheckDrained();
}

bool Server::LookAgain() {
  context_.end_of_drain = true;
  close_timer_.Cancel();
  const bool accepted = listeners_.Close();
  const bool taken = handover_.CloseIntake();
  for (Connection* connection : connections_.All()) connection->LookAgain();
  return accepted && taken;
}

void Server::CutUnderWay() {
  for (Connection* connection : connections_.All()) {
    if (connection->under_way()) connection->Cut();
  }
}

void Server::Abort() {
  if (std::exchange(leaving_, true)) return;
  leave_by_ = context_.loop.Now() + EarlyBy(drain_timeout_) / 4;
  bool wait = !LookAgain();
  CutUnderWay();
  for (Connection* connection : connections_.All()) wait |= connection->PrepareToLeave();
  if (!wait) return Leave();
  drain_timer_.After(kMoment);
}

void Server::Leave() {
  const bool all = LookAgain();
  CutUnderWay();
  for (Connection* connection : connections_.All()) {
    connection->PrepareToLeave();
    connection->Leave();
  }
  // What these have given back suffices for more of the queue.
  if (!all && context_.loop.Now() < leave_by_) return drain_timer_.After(kMoment);
  if (auto drained = std::exchange(on_drained_, nullptr)) drained();
}

void Server::CheckDrained() {
  if (!context_.draining || leaving_ || !connections_.empty() || !on_drained_) return;
  if (context_.end_of_drain) return Abort();
  if (!listeners_.closed()) return;
  // What a predecessor has sent until now is served, and it learns that no more is taken.
  if (!handover_.CloseIntake()) return close_timer_.After(kCloseAgain);
  if (connections_.empty()) std::exchange(on_drained_, nullptr)();
}

}  // namespace rollport::worker
